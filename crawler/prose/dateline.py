"""Taking off the dateline a release begins with: "NEW YORK, March 3, 2025 (GLOBE NEWSWIRE) -- ".

Used by ``summary.py``: a summary tells the news, not where and when it was sent.
"""

from __future__ import annotations

import re

HEAD = 300  #: characters at the start of a block in which a dateline can stand

_MONTH = (
    r"(?:jan|ene|gen|feb|fév|fev|febr|mar|mär|mrz|apr|avr|abr|may|mai|mag|mei|jun|juin|giu|jul|juil|lug|"
    r"aug|aoû|aou|ago|sept?|set|oct|okt|out|ott|nov|dec|dez|déc|dic)[a-zäéûç]{0,7}\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|\.)?"
_ZONE = r"(?:\s+(?:Eastern|Central|Mountain|Pacific|[ECMP][SD]?T|GMT|UTC|CES?T|Uhr|[A-Z]+/\w+))?"
_DATE = (
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}[.,]?\s+)?(?:(?:le|el|den|am|dated?)\s+)?"
    rf"(?:{_MONTH},?\s*{_DAY}(?:,?\s*\d{{4}})?|{_DAY}\s*(?:de\s+|of\s+)?{_MONTH}(?:,?\s*(?:de\s+)?\d{{4}})?"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)|\d{4}年\s?\d{1,2}月\s?\d{1,2}日)"
    rf"(?:\s*[,@]?\s*(?:at\s+)?\d{{1,2}}:\d\d(?:\s*[ap]\.?m\.?)?{_ZONE})?(?![\w%])"
)
_WIRE_WORD = (
    r"wire|news|presse?|\bPR\b|\bots\b|\bdpa\b|\bAP\b|\bAFP\b|\bAPA\b|\bANI\b|\bIANS\b|\bCNW\b|\bEQS\b|"
    r"reuters|marketwired|xinhua|bernama|menafn|通信|通讯社|新华社|美通社"
)
_BRACKETED = rf"[(（\[](?:[^()（）\[\]\n]{{0,60}}?(?:{_WIRE_WORD}))[^()（）\[\]\n]{{0,60}}[)）\]]"
_SLASHED = r"/\s?[^/\n]{2,50}?\s?/(?![\w/])"
_DATED = rf"[【［（(\[][^】］）)\]\n]{{0,40}}?{_DATE}[^】］）)\]\n]{{0,20}}[】］）)\]]"
_CAPITAL = r"(?-i:[A-ZÀ-ÖØ-Þ](?:-?[\w.'’&])*)|(?:of|de|la|le|del|der|am|an|and|sur|the)\b"
_CAPITAL += r"|&|\((?-i:[A-Z])[\w. ]{1,20}\)"  # "MILFORD & BRIGHTON", "San Juan (Huesca)"
_IDEOGRAPHS = r"[\u3040-\u30ff\u3400-\u9fff]{1,10}?(?=[、，,\s\d（(/【\[-])"
_STATE = re.compile(
    r"A[KLRZ]|C[AOT]|D\.?C\.?|DE|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY]|AB|BC|MB|N[BLS]|ON|PE|QC|SK|UK|USA|(?:Ala|Ariz|Ark|Calif|Colo|Conn|Del|Fla|Ga|Ill|Ind|Kan|Ky|Mass|Md|Mich"
    r"|Minn|Mo|Mont|Neb|Nev|Okla|Ont|Ore|Pa|Que|Tenn|Vt|Va|Wash|Wis|Wyo)\.|Alabama|Alaska|Alberta|Arizona|Arkansas"
    r"|Australia|Austria|Belgium|Brazil|California|Canada|China|Colorado|Connecticut|Delaware|England|Florida|France"
    r"|Georgia|Germany|Hawaii|Idaho|Illinois|India|Indiana|Iowa|Ireland|Israel|Italy|Japan|Kansas|Kentucky|Louisiana"
    r"|Maine|Maryland|Massachusetts|Mexico|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Netherlands|Nevada"
    r"|Ohio|Oklahoma|Ontario|Oregon|Pennsylvania|Quebec|Scotland|Singapore|Spain|Sweden|Switzerland|Tennessee|Texas|Utah"
    r"|Vermont|Virginia|Washington|Wisconsin|Wyoming"
)
_PLACE = 9  #: words and gaps of a place with its state: "San Juan Capistrano, Calif."
_PIECE = re.compile(
    r"(?P<gap>[\s,、，|·;]+(?![-–—―\s]))"
    rf"|(?P<wire>{_BRACKETED}|{_SLASHED}|{_DATED}|\A--?\s?[A-Z][\w .]{{2,30}}--)"
    rf"|(?P<date>{_DATE})"
    r"|(?P<dash>\s*(?:[-–—―]{2,}|[–—―])[\s–—―-]*|\s*-\s+|[.:]\s+|\s*/\s+)"
    rf"|(?P<place>{_CAPITAL}|{_IDEOGRAPHS})",
    re.IGNORECASE,
)


def strip_dateline(text: str) -> str:
    """``text`` without the dateline it begins with; ``""`` if it is nothing but a dateline.

    A dateline is a run of place, date and wire's name, closed by dashes:
    ``NEW YORK, March 3, 2025 (GLOBE NEWSWIRE) -- ``, ``PARIS, le 3 mars 2025 – ``, ``DALLAS — ``.
    """
    return text[_dateline(text[:HEAD]) :].lstrip(" ,-–—―:\xa0")


def _dateline(head: str) -> int:
    """Where the dateline at the start of ``head`` ends; 0 if there is none."""
    end = position = 0
    marks: set[str] = set()
    segment: list[tuple[str, str]] = []
    while match := _PIECE.match(head, position):
        kind, position = str(match.lastgroup), match.end()
        if kind == "dash":
            kinds = {name for name, _ in segment}
            if not _closes(segment, marks):
                return end
            marks |= kinds - {"gap"}
            end = position if marks != {"place"} or _shouted(segment, match[0], head[position:]) else end
            segment = []
            continue
        if kind == "place" and match[0].lower().endswith("wire"):
            kind = "wire"
        segment.append((kind, match[0]))
        if match[0][:2] == "--" or (match[0][-1] == "/" and any(name == "date" for name, _ in segment)):
            end = position
    told = any(name in {"wire", "date"} for name, _ in segment)
    return len(head) if told and position == len(head) else end


def _closes(segment: list[tuple[str, str]], marks: set[str]) -> bool:
    """Whether what stands before a dash is part of a dateline."""
    if not segment:
        return bool(marks - {"place"})
    kinds = {kind for kind, _ in segment}
    words = [text for kind, text in segment if kind == "place"]
    if not words or len(words) > 8 or kinds & {"wire", "date"}:
        return len(words) <= 8
    # A bare name after date and wire is the company, unless it looks like "DALLAS" or "Los Angeles, CA".
    comma = any(kind == "gap" and "," in text for kind, text in segment)
    return not marks or ("place" not in marks and (comma or (len(words[0]) > 3 and words[0].isupper())))


def _shouted(segment: list[tuple[str, str]], dash: str, rest: str) -> bool:
    """Whether a place alone is a dateline: ``DALLAS — Students`` and ``Austin, TX - Students`` are.

    ``NASA – the agency`` and ``Acme, Inc. – A company`` are not.
    """
    if not rest[:1].isalpha() or dash.strip() in {".", ":", "/"}:
        return False
    if len(segment) > 2 and "," in segment[-2][1] and _STATE.fullmatch(segment[-1][1]):
        return len(segment) <= _PLACE
    words = "".join(text for kind, text in segment if kind == "place")
    comma = any(kind == "gap" and "," in text for kind, text in segment)
    shouted = segment[0][1].isupper() and (len(segment[0][1]) >= 4 or (len(words) >= 8 and words.isupper()))
    return shouted and rest[:1].isupper() and (comma or dash.strip() != "-")
