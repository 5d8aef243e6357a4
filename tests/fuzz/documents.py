"""C41: values that want to be front matter, and whether a file gives back exactly what went in."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from random import Random
from typing import Any

from crawler.document import Document, parse, render
from tests.fuzz import rules, traps
from tests.fuzz.rules import must

TRAPS = (
    *traps.SIGNS, *traps.MARKUP[:40], "+++", "\n+++\n", "+++\n\n", "\r\n+++\r\n", "\x85+++\x85", "\u2028+++\u2028", '"""', "'''", '"', "'", "\\",
    '\\"', "\\u0041", "\\U0001F680", "\\uD800", "\\\n", "\\x41", "\ud800", "\udfff", "\ud83d\ude00", "title = ", '"\ntitle = "x"\n#', "\n[table]\n",
    "]]", "draft = true", "#", "=", "---", "\n---\n", ";;;", "{{<", "{{%", "{{", "}}", "<pre>\n\n</pre>", "&#43;", "é", "日本", "🎉", "\t", " ", "", "a",
)  # fmt: skip
TEXTS = [
    field.name
    for field in dataclasses.fields(Document)
    if field.type == "str" and field.name not in {"date", "body"}
]
_SURROGATE = re.compile("[\ud800-\udfff]")


def inputs(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """So many sets of values; now and then one of them is large."""
    rng = Random(f"documents {seed}")

    def text() -> str:
        made = "".join(rng.choices(TRAPS, k=rng.randrange(7)))
        return made * rng.choice((1, 1, 1, 200)) if rng.random() < 0.02 else made

    for number in range(count):
        yield {
            **{name: text() for name in TEXTS},
            "date": f"{rng.randrange(1, 10_000):04}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}T23:59:{number % 60:02}Z",
            "draft": rng.random() < 0.5,
            "article_id": rng.randrange(-(2**63), 2**63),
            "feed_item_id": number,
            "body": rng.choice(("", "+++", "\n+++\n", "<p>")) + text(),
        }  # fmt: skip


def check(values: dict[str, Any]) -> None:
    """Write, read by both readers, compare with what went in."""
    data = rules.file_holds(Document(**values))
    front = data.decode().split("\n")[1:13]
    read = tomllib.loads("\n".join(front))
    for name, value in read.items():
        given = values[name]
        must(
            value == (_SURROGATE.sub("\ufffd", given) if isinstance(given, str) else given),
            f"{name} is what went in",
        )
    back = parse(data)
    must(_letters(back.body) == _letters(values["body"]), "the body's letters are what went in")
    must(render(back) == data, "a file comes back to the byte")


def _letters(body: str) -> str:
    """What of a body must not change: letters and digits outside of markup for signs."""
    return "".join(sign for sign in re.sub(r"&#(?:10|43|123);", "", body) if sign.isalnum())
