"""``crawler crawl --since`` reads the pages behind a feed, and says which could not be read."""

from __future__ import annotations

from pathlib import Path

from tests.journey import Stand, Yard, stand
from tests.journey.stand import Answer


def page(site: Stand, number: int, date: str, *, older: str = "") -> str:
    """An Atom page with one release, and the release's own page."""
    title = f"Fernhill Optics opens laboratory {number}"
    site.page(f"/release/{number}", title)
    link = f'<link rel="prev-archive" href="{older}"/>' if older else ""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Fernhill</title>{link}<entry><id>urn:fernhill:{number}</id>'
        f'<title>{title}</title><link href="{site.url}/release/{number}"/><published>{date}</published></entry></feed>'
    )


def test_p16_releases_that_left_the_feed_are_archived_from_its_older_pages(tmp_path: Path) -> None:
    with stand() as site, Yard(tmp_path / "yard") as yard:
        dates = ["2026-03-03", "2026-02-20", "2026-01-15", "2025-06-01"]
        for number, date in enumerate(dates):
            older = f"/feed/{number + 1}"
            body = page(site, number, f"{date}T09:30:00Z", older=older).encode()
            site.answers["/feed" if number == 0 else f"/feed/{number}"] = Answer(
                body, type="application/atom+xml"
            )
        yard.configure(site.table())
        ended = yard.run("crawl", "--since", "2026-01-01")
        assert ended.code == 0, ended.err
        assert [read.date[:10] for read in sorted(yard.documents().values(), key=lambda read: read.date)] == [
            "2026-01-15", "2026-02-20", "2026-03-03",
        ]  # fmt: skip
        assert [path for path in site.asked if path.startswith("/feed/")] == ["/feed/1", "/feed/2", "/feed/3"]
        broken = yard.run("crawl", "--since", "2025-01-01", "--json")
        assert broken.code == 1  # page 4 is not there
        assert [failure["url"] for failure in broken.json["failures"]] == [f"{site.url}/feed/4"]
        assert "older page unread" in broken.json["feeds"][0]["why"]
        assert yard.count() == 4
