"""Invented documents, and the edits that are none or that are real."""

from __future__ import annotations

from dataclasses import replace

from crawler.document import Document

DOCUMENT = Document(
    title="Lumen Harbor opens berth nine",
    date="2025-02-26T21:10:16Z",
    draft=False,
    summary="<p>A berth was opened.</p>",
    description="A berth was opened.",
    source_link="https://www.orbitwire.example/release/9",
    enclosure="https://archive.example/banners/ports-1.jpg",
    article_id=9,
    feed_item_id=12,
    url="2025-02-26-lumen-harbor-opens-berth-nine",
    qrcode="https://archive.example/orbitwire/qrcode/252/26/abc.webp",
    source="Orbit Wire",
    body="<p>The berth is nine metres deep.</p><ul><li>Two cranes</li><li>One tug</li></ul><p>Ships came &amp; went.</p>",
)


def body(markup: str) -> Document:
    """The document with another body."""
    return replace(DOCUMENT, body=markup)
