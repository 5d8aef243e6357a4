"""How sentences betray that they read badly when they stand alone, in the languages of the wires.

Used by ``ranking``, which weighs them by it.
"""

from __future__ import annotations

import re

#: A sentence that begins so is understood only behind the one before it.
HANGING = re.compile(
    r"(?:However|But|And|Or|So|Yet|Still|Also|Plus|In addition|Additionally|Moreover|Furthermore|Meanwhile"
    r"|Instead|Similarly|Likewise|Thus|Hence|Therefore|Nevertheless|Nonetheless|Afterwards|Later|Since then"
    r"|Then|Such as|Consequently|Accordingly|As a result|As such|For (?:example|instance)|By contrast"
    r"|In (?:response|contrast|turn|this)|To (?:that|this) end|At the same time|On the other hand"
    r"|Because of this|With this|Among (?:them|these)"
    r"|Now|Some|Others|Another|Both|Neither|The (?:latter|same|former)|Here|There|We|Our|I|My|You|Your"
    r"|He|She|It|They|His|Her|Their|Its"
    r"|(?:These|Those|This|That)(?= (?:is|are|was|were|has|have|will|can|may|means?)\b)"
    r"|Er|Sie|Es|Ihr\w*|Dies|Jedoch|Außerdem|Zudem|Darüber hinaus|Daher|Dennoch|Dabei|Damit|Dort"
    r"|Auch|Aber|Und|Wir|Unser\w*"
    r"|Ella|Él|Ellos|Ellas|Esto|Además|Asimismo|Sin embargo|Por ello|Pero"
    r"|También|Nosotros|Su|Sus"
    r"|Il|Elle|Ils|Elles|Cela|C['’]est|Son|Sa|Ses|Leurs?|Nous|Notre|En outre|De plus|Par ailleurs"
    r"|Cependant|Toutefois|Mais|Ainsi"
    r"|Ele|Ela|Eles|Elas|Isso|Isto|Além disso|No entanto|Porém|Mas|Também|Seu|Sua"
    r"|Inoltre|Tuttavia|Egli|Essi|Ma)\b(?!-)"
    r"|これ|それ|また|しかし|さらに|なお|同社|そこで|此外|另外|但是|然而|同时|因此|其|他|她|它"
)
#: A sentence that points back at something by name: better behind it, and still understood.
POINTING = re.compile(
    r"(?:This|These|Those|That|Such|The (?:event|vehicle|transaction|move|news|announcement|initiative)"
    r"|According to the (?:announcement|company|report)|Dies\w+|Jene\w*|Solche\w*|Est[aeo]s?|Es[ae]|Estas|Ce|Cet|Cette"
    r"|Ces|Esse|Essa|Quest[oaie])\b|この|その|该|这"
)
#: The writer speaks of himself or to the reader.
SPEAKER = re.compile(
    r"\b(?:[Ww]e|[Oo]ur|us|I|[Mm]y|[Mm]e|[Yy]ou|[Yy]ours?|wir|unser\w*|nous|notre|nosotros|nuestr[ao]s?)\b"
)
#: The reader is told to do something.
CALL = re.compile(
    r"(?:Join|Discover|Explore|Experience|Imagine|Dive|Delve|Welcome|Don['’]t|Do not|Look no further|Get|Stay|Meet"
    r"|Say|Enjoy|Learn|Visit|Call|Contact|Book|Buy|Try|Come|Check|Prepare|Feel free|Whether you|If you|Let['’]s"
    r"|Are you|Tune in|Mark your|Be|Click|Read|See) (?!and\b)"
)
MARK = re.compile(r"[\"“”„«»「『]")
SPOKEN = re.compile(r"[\"“„«「『][^\"“”„«»「」『』]*[\"“”»」』]?")
#: Nothing but a quotation: nobody says who said it.
SPEECH = 30  #: characters within marks from which somebody speaks; less is a name or a work
SAYING = re.compile(r"\A[\"“„«「][^\"”»」]*[\"”»」]?\Z")
LISTED = re.compile(r"\A(?:\d{1,2}[.)]|[-*•·])\s|https?://|\bwww\.|\s[*•]\s", re.IGNORECASE)
#: "Multiplayer Functionality and Gold: WSG introduces …" is an item of a list.
LABEL = re.compile(r"\A[^\W\d_][\w&/'’-]*(?:\s[\w&/'’()-]+){0,5}:\s(?=[\"“]?[^\W\d_])")

_CAPITAL = re.compile(
    r"[A-ZÀ-ÖØ-Þ\d$]|(?:of|the|and|for|a|an|in|to|with|on|at|from|by|&|over|into|or|is|its|as)\b"
)
_GLUED = re.compile(r"[a-zß-öø-ÿ]{3}[A-Z][a-z]+ |[a-z]\.[A-Z][a-z]+ ")
_HEADING = 6  #: capitalised words in a row at a sentence's start: a heading went before it


def headed(sentence: str) -> bool:
    """Whether a heading is glued to the sentence's start, or it is one."""
    first = sentence.split(" ", 2 * _HEADING)
    row = next((number for number, word in enumerate(first) if not _CAPITAL.match(word)), len(first))
    if row >= _HEADING:
        return not any("," in word for word in first[:row])
    return row >= 3 and _GLUED.search(" ".join(first[: row + 1]) + " ") is not None


def torn(sentence: str) -> bool:
    """Whether a quotation begins or ends in it and not both."""
    curly = sentence.count("“") - sentence.count("”")
    if curly and '"' not in sentence and "„" not in sentence:
        return True
    return len(MARK.findall(sentence)) % 2 == 1 and "「" not in sentence and "『" not in sentence
