"""What is said of a rebuild."""

from __future__ import annotations

import pytest

from crawler.report import rebuilding


@pytest.mark.parametrize(
    ("files", "stated", "said"),
    [
        (342, 342, "342 revisions are known by their files alone; the log tells why they were made"),
        (1, 1, "1 revision is known by its files alone; the log tells why it was made"),
        (3, 0, "3 revisions are known by their files alone, and marked as rebuilt"),
        (
            3,
            2,
            "3 revisions are known by their files alone: of 2 the log tells why they were made, the others are "
            "marked as rebuilt",
        ),
    ],
)
def test_others_are_spoken_of_where_there_are_others(files: int, stated: int, said: str) -> None:
    assert rebuilding._known_by_files(files, stated) == said
