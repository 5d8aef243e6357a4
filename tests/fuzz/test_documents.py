"""C41: nothing in a value or a body becomes front matter, for us and for a reader that shares no code with us."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.document import Document
from crawler.errors import DocumentError
from tests.fuzz import documents
from tests.fuzz.rules import Broken


def test_c41_five_hundred_hostile_documents_are_read_back_by_two_readers() -> None:
    for values in documents.inputs(500, seed=41):
        documents.check(values)


LARGE = {
    "NUL": "\x00",
    "quotes": '"""',
    "lines": "\u2028",
    "fences": "\n+++\n",
    "escapes": "\\",
    "surrogates": "\ud800",
}


@pytest.mark.parametrize("sign", LARGE.values(), ids=LARGE)
def test_c41_a_large_value_of_nothing_but_trouble_stays_itself(sign: str) -> None:
    [values] = documents.inputs(1, seed=1)
    documents.check({**values, "title": sign * 10_000, "body": sign * 10_000})


@pytest.mark.parametrize(
    ("name", "value"),
    [("title", 'x"\ndraft = true\ntitle = "y'), ("summary", "+++\n\n<p>x"), ("url", "a\r\n+++\r\n"), ("source", "'''\n"), ("body", "+++\ntitle = \"x\"\n+++\n")],
)  # fmt: skip
def test_c41_a_value_that_writes_keys_and_fences_writes_none(name: str, value: str) -> None:
    [values] = documents.inputs(1, seed=2)
    documents.check({**values, name: value, "draft": False})


def test_c41_a_writer_that_lets_a_line_through_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(document: Document) -> bytes:
        lines = [f'{name} = "{getattr(document, name)}"' for name in ("title", "date")]
        return "\n".join(["+++", *lines, "+++", "", document.body]).encode()

    monkeypatch.setattr("crawler.document.render", careless)
    values: dict[str, Any] = next(documents.inputs(1, seed=3))
    with pytest.raises((Broken, DocumentError)):
        documents.check({**values, "title": 'x"\ndraft = true\nurl = "y'})
