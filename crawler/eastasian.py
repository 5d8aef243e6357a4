"""Which East Asian encoding undeclared bytes are in, by the letters they would spell.

The double-byte encodings share most of their bytes, so that text in one can often be read in another; but
what it spells there is no language.  Used by ``extract`` and ``feeds`` where header and document name no
encoding, or one that is not believed.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable

CODECS = frozenset({"cp932", "euc_jp", "cp949", "gb18030", "big5hkscs", "big5"})
"""The encodings that are taken for one another, and that servers put on each other's text."""

_NARROWER = {"big5": "big5hkscs"}
_SAMPLE = 100_000  #: bytes that are looked at
_LEAST = 8  #: letters from which a text shows its language
_KANA = 0.25  #: share of kana in Japanese; no other language has any
_HANGUL = 0.9  #: share of Hangul in Korean; read as Korean, Chinese is a mix of Hangul and Han
_COMMON = 0.15  #: share of the most frequent characters; two fifths of Chinese, a hundredth of anything else

#: The syllables of KS X 1001.  The others of cp949 are hardly written, but a windows-1252 apostrophe and the
#: letter after it spell one.
_SYLLABLES = frozenset(
    bytes((row, cell)).decode("euc_kr") for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)
)
#: The most frequent characters of written Chinese, in simplified and in traditional spelling.
_SIMPLIFIED = frozenset(
    "的一是不了在有人我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日"
    "于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长月新业市场司报第部元亿万"
)
_TRADITIONAL = frozenset(
    "的一是不了在有人我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可裡後小麼心多天而能好都然沒日"
    "於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長月新業市場司報第部元億萬"
)


def guess(body: bytes) -> str | None:
    """Python's name of the codec, or None where the bytes show no East Asian language."""
    sample = body[:_SAMPLE]
    for codec in ("cp932", "euc_jp"):
        letters = _letters(sample, codec)
        if _share(letters, _is_kana) >= _KANA:
            return codec
    if _share(_letters(sample, "cp949"), _SYLLABLES.__contains__) >= _HANGUL:
        return "cp949"
    shares = {
        "gb18030": _share(_letters(sample, "gb18030"), _SIMPLIFIED.__contains__),
        "big5hkscs": _share(_letters(sample, "big5hkscs"), _TRADITIONAL.__contains__),
    }
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] >= _COMMON else None


def mistaken(body: bytes, declared: str) -> str | None:
    """The codec that undoes a wrong East Asian declaration; None where the declared one may be right."""
    spelled = guess(body) if declared in CODECS else None
    return None if spelled == _NARROWER.get(declared, declared) else spelled


def _letters(sample: bytes, codec: str) -> str:
    """The East Asian letters that the bytes spell; none where they cannot be read at all."""
    try:
        text = getincrementaldecoder(codec)().decode(sample)  # the last character may be cut
    except UnicodeDecodeError:
        return ""
    return "".join(letter for letter in text if letter > "\u007f" and letter.isalpha())


def _share(letters: str, kind: Callable[[str], bool]) -> float:
    return sum(map(kind, letters)) / len(letters) if len(letters) >= _LEAST else 0.0


def _is_kana(letter: str) -> bool:
    return "\u3041" <= letter <= "\u30ff"
