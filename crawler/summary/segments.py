"""Text → sentences, in any script: what the segmenter cuts too early is joined again.

Used by ``summary`` and, through it, by ``article``.
"""

from __future__ import annotations

import re

import sentencex

from crawler import prose

READ = 6000  #: characters by which a script is recognised

_ABBREVIATIONS = {
    "en": "Mr Mrs Ms Dr Prof Inc Ltd Corp Co No Nos St vs approx Fig Sen Rep Gov Gen Lt Col Sgt Jr Sr Mt Ft",
    "de": "Nr bzw ca Dr Prof Mio Mrd Str Tel inkl zzgl evtl ggf usw Abs Art Hr Fr St vgl Bd S",
    "es": "Sr Sra Srta Dr Dra Ud Uds núm pág págs art ej Lic Ing Arq Av EE",
    "fr": "M MM Mme Mmes Mlle Dr Pr Me n p pp art env av ex éd St Ste",
    "it": "Sig Dott Prof Ing Avv pag n art",
    "pt": "Sr Sra Dr Dra Prof Exmo pág n art",
}
_EVERYWHERE = frozenset({"www", "z", "b", "p", "e.g", "i.e", "n.º"})
_KNOWN = {
    code: frozenset(word.casefold() for word in words.split()) | _EVERYWHERE
    for code, words in _ABBREVIATIONS.items()
}
#: These end a sentence as often as not: only what follows can tell.
_OPEN = frozenset({"inc", "ltd", "corp", "co", "jr", "sr", "no", "s", "usw"})
_LAST = re.compile(r"[\w.º-]*\.\Z")
_LOWER = re.compile(r"[a-zà-öø-ÿ][a-zà-öø-ÿ'’-]*(?:[\s,;]|[.!?]\s*\Z)")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[A-Za-z])[.)]\Z")
_CLOCK = re.compile(r"\b[ap]\.m\.\Z")
_ZONE = re.compile(r"(?:[ECMP][SD]?T|GMT|UTC|BST|Eastern|Central|Mountain|Pacific|local)\b")
_QUOTED = re.compile(r"[。！？!?][」』”]\Z")
_SPOKEN = re.compile(r"(?:と|って|との|という|などと)|[^。，,\s]{0,12}(?:说|表示|道|称|指出)")
_NAME = re.compile(r"\b(?-i:[A-Z])[\w-]*\.\Z")
_OPENER = re.compile(
    r"(?:The|This|These|In|It|A|An|As|At|We|Our|For|From|With|By|On|To|He|She|They|About|Mr|Ms)\b"
)
_OPENING = re.compile(r"[.!?][\"”’»)]*\s+([\"“„«‘(]\s*)\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?![a-z])")


def sentences(text: str, language: str | None) -> list[str]:
    """The sentences of ``text`` in order, trimmed; a line end always ends one.

    ``language`` is a BCP 47 tag; Japanese and Chinese are recognised by their script.
    """
    code = _code(text, language)
    found: list[str] = []
    for line in text.splitlines():
        if line and not line.isspace():
            found.extend(_repaired(line, code))
    return found


def _code(text: str, language: str | None) -> str:
    match = _LANGUAGE.match((language or "").lower())
    if match and match[0] not in {"ja", "zh"}:
        return match[0]
    if re.search(r"[\u3040-\u30ff]", text[:READ]):
        return "ja"
    return "zh" if prose.has_cjk(text[:READ]) else "en"


def _repaired(line: str, code: str) -> list[str]:
    """The line's sentences, where sentencex cut too early joined again."""
    joined: list[str] = []
    for cut in sentencex.segment(code, line):
        piece = cut
        if joined and (opening := _OPENING.search(joined[-1])):  # it opens the next sentence
            joined[-1], piece = joined[-1][: opening.start(1)], opening[1] + cut
        if joined and _belongs(joined[-1], piece, code):
            joined[-1] += piece
        else:
            joined.append(piece)
    return [piece.strip() for piece in joined if not piece.isspace()]


def _belongs(whole: str, piece: str, code: str) -> bool:
    """Whether ``piece`` goes on with the sentence that ``before`` seemed to end."""
    before = whole.rstrip()
    if before == whole and _NAME.search(before[-100:]):  # no space between: "XT.COM", "Bit.Store"
        return _OPENER.match(piece) is None
    if _LOWER.match(piece) or _NUMBER.fullmatch(before):
        return True
    if _CLOCK.search(before):
        return _ZONE.match(piece) is not None
    match = _LAST.search(before[-100:])
    if match is None:
        return _QUOTED.search(before) is not None and _SPOKEN.match(piece) is not None
    word = match[0][:-1].casefold()
    if word in _OPEN:
        return piece[:1].isdigit() and word in {"no", "s"}
    if code == "fr" and word in {"n", "p"}:
        return piece[:1].isdigit()
    return word in _KNOWN.get(code, _EVERYWHERE)
