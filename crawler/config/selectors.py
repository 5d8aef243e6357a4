"""CSS selectors of a rule → XPath, checked when the configuration is read.

A part of CSS that is enough to name an element: ``tag``, ``.class``, ``#id``, ``[name]``, ``[name="value"]`` (and
``^=``, ``$=``, ``*=``, ``~=``), one inside another (a space, or ``>`` for a child), several with commas.
"""

from __future__ import annotations

import re

from crawler.model import Selector

_SIMPLE = re.compile(
    r"(?P<tag>\*|[A-Za-z][A-Za-z0-9]*)"
    r"|\.(?P<class>-?[A-Za-z_][\w-]*)"
    r"|#(?P<id>-?[A-Za-z_][\w-]*)"
    r"""|\[\s*(?P<name>[A-Za-z_][\w-]*)\s*(?:(?P<how>[~^$*]?=)\s*(?P<value>"[^"]*"|'[^']*'|[\w-]+)\s*)?\]"""
)
_COMBINED = re.compile(r"\s*(?P<child>>)\s*|\s+")
_KNOWN = 'write tags, .classes, #ids and [name="value"], such as "div.release-body > p"'


def selector(value: object) -> Selector:
    """Read one; raises ``ValueError`` with what cannot be read and a cure."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"a selector is missing; {_KNOWN}")
    paths = [_path(part.strip(), value) for part in _split(value)]
    return Selector(css=value.strip(), xpath=" | ".join(paths))


def _split(text: str) -> list[str]:
    """At the commas that are not in brackets or quotes."""
    return re.split(r""",(?=(?:[^\["']|\[(?:[^\]"']|"[^"]*"|'[^']*')*\]|"[^"]*"|'[^']*')*\Z)""", text)


def _path(text: str, whole: str) -> str:
    path, place, axis = "", 0, "descendant-or-self::"
    while True:
        step, place = _step(text, place, whole)
        path += f"{'/' if path else ''}{axis}{step}"
        combined = _COMBINED.match(text, place)
        if place == len(text) or combined is None:
            break
        axis = "child::" if combined["child"] else "descendant::"
        place = combined.end()
    if place < len(text):
        raise ValueError(f'"{text[place:]}" in "{whole.strip()}" cannot be read; {_KNOWN}')
    return path


def _step(text: str, start: int, whole: str) -> tuple[str, int]:
    """One element's description as XPath, and where it ends."""
    tag, conditions, place = "*", list[str](), start
    while match := _SIMPLE.match(text, place):
        if match["tag"]:
            if place > start:
                break
            tag = match["tag"].lower()
        else:
            conditions.append(_condition(match))
        place = match.end()
    if place == start:
        raise ValueError(f'"{text[start:]}" in "{whole.strip()}" cannot be read; {_KNOWN}')
    return tag + "".join(f"[{condition}]" for condition in conditions), place


def _condition(match: re.Match[str]) -> str:
    if match["class"]:
        return _word("class", match["class"])
    if match["id"]:
        return f"@id = '{match['id']}'"
    name, value = match["name"].lower(), _quoted(match["value"] or "")
    tests = {
        "=": f"@{name} = {value}",
        "^=": f"starts-with(@{name}, {value})",
        "$=": f"substring(@{name}, string-length(@{name}) - string-length({value}) + 1) = {value}",
        "*=": f"contains(@{name}, {value})",
    }
    if match["how"] == "~=":
        return _word(name, value[1:-1])
    return tests[match["how"]] if match["how"] else f"@{name}"


def _word(name: str, word: str) -> str:
    return f"contains(concat(' ', normalize-space(@{name}), ' '), {_quoted(f' {word} ')})"


def _quoted(value: str) -> str:
    """As XPath writes it; CSS wrote it in the other kind of quotes, or in none."""
    inner = value[1:-1] if value[:1] in {'"', "'"} else value
    return f'"{inner}"' if "'" in inner else f"'{inner}'"
