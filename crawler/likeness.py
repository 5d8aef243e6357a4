"""How alike two texts are, in any script: words, and how many of them two texts share.

Used by ``extract`` (which heading is the headline) and ``quality`` (is this the announced article).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

#: Scripts that write without spaces; every character counts as a word: Thai, kana, Han.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def words(text: str) -> list[str]:
    """The words of ``text``, case and compatibility forms folded (NFKC)."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _WORD.findall(text.casefold())


def agreement(one: Sequence[str], other: Sequence[str]) -> float:
    """F1 of two lists of words as multisets: 1.0 for the same words, 0.0 for none in common."""
    if not one or not other:
        return 0.0
    common = sum((Counter(one) & Counter(other)).values())
    return 2 * common / (len(one) + len(other))


def alike(one: str, other: str) -> float:
    """:func:`agreement` of the words of two texts."""
    return agreement(words(one), words(other))
