"""Taking out what stands in a sentence for lawyers and browsers only: brackets with a short name or an address.

Used by ``summary``: ``Acme Robotics, Inc. (NASDAQ: ACME) (the “Company”) opened …`` loses its second bracket.
"""

from __future__ import annotations

import re

_NAME = r"[\"“”„«][^()\"“”„«»]{1,60}[\"“”»]"
_ADDRESS = r"(?:https?://|www\.)[^\s()]{3,200}|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|gov|edu|co|ai|app)(?:/[^\s()]*)?"
_ASIDE = re.compile(
    rf"\s?\((?:(?:hereinafter|together,?|collectively,?|the|or|and|der|die|das|la|le|el)\s){{0,3}}{_NAME}"
    rf"(?:[,;]?\s(?:or|and|und|oder|et|ou|y|o)?\s?(?:the\s)?{_NAME}){{0,3}}[,.]?\)"
    rf"|\s?\((?:{_ADDRESS})\)"
    r"|,\s(?:https?://|www\.)[^\s()]{3,200}?,(?=\s(?-i:[^A-Z]))"
    r"|(?:\s(?:at|on|via|auf|unter|en|sur))\s(?:https?://|www\.)[^\s()]{3,200}?(?=,\s(?-i:[^A-Z]))",
    re.IGNORECASE,
)
#: Behind a word or a year: behind "No.", and in "at 2024.15", stands no footnote's number.
_FOOTNOTE = re.compile(
    r"(?P<year>(?:\b(?:in|since)|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?(?: \d{1,2},)?)"
    r" (?:19|20)\d{2}\.)\d{1,2}\Z"
    r"|(?:(?<=[^\W\d]{4}[.!?])|(?<=[.!?][”\"]))\d{1,2}\Z|\s?\[\d{1,2}\](?=[.!?]?\Z)"
)


def strip_asides(sentence: str) -> str:
    """``sentence`` without brackets that name a party or an address, and without a footnote's number."""
    text = _ASIDE.sub("", sentence) if "(" in sentence or "//" in sentence or "www." in sentence else sentence
    return _FOOTNOTE.sub(r"\g<year>", text)
