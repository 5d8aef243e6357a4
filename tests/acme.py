"""An invented wire, its feed and one page, for the tests of the journeys."""

from __future__ import annotations

from crawler.model import Feed

FEED = Feed(id=0, name="acme", url="https://acme.example/feed", source="Acme Wire", source_key="acmewire")
LINK = "https://acme.example/news/1"
PROSE = (
    "Acme Robotics of Leeds opened a second plant for garden robots on Tuesday and hired two hundred people. "
    "The plant makes forty machines an hour, which is twice what the older one made. "
    "Gardeners in nine countries had waited for up to seven months, the company said in a statement."
)
HTML = (
    "<html><head><title>Acme opens a plant</title></head><body><nav><a href='/'>Home</a></nav><article>"
    f"<h1>Acme opens a plant</h1><p>{PROSE}</p><p>{PROSE.replace('Acme', 'The firm')}</p></article></body></html>"
).encode()
