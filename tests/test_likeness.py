"""How alike two texts are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import likeness


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A second plant, opened!", ["a", "second", "plant", "opened"]),
        ("Straße ＡＢＣ", ["strasse", "abc"]),
        ("soft\u00adhyphen snake_case", ["softhyphen", "snake", "case"]),
        ("新工場 4 基", ["新", "工", "場", "4", "基"]),
        ("", []),
    ],
)
def test_words_of_any_script(text: str, words: list[str]) -> None:
    assert likeness.words(text) == words


def test_agreement_counts_repeated_words() -> None:
    assert likeness.agreement(["a", "a", "b"], ["a", "b", "b"]) == pytest.approx(4 / 6)
    assert likeness.agreement([], ["a"]) == 0.0


@given(st.text(), st.text())
def test_agreement_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    assert likeness.alike(one, other) == likeness.alike(other, one)
    assert 0.0 <= likeness.alike(one, other) <= 1.0
    assert not likeness.words(one) or likeness.alike(one, one) == 1.0
