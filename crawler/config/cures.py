"""What to write instead: the words of an error in a configuration file, for those who know TOML and not Python."""

from __future__ import annotations

from typing import Any

_TABLE = "write a table here, such as [web] with its keys below"
_WORDS = {
    "int_parsing": "write a whole number, without quotes",
    "int_type": "write a whole number, without quotes",
    "int_from_float": "write a whole number",
    "int_parsing_size": "write a smaller number",
    "finite_number": "write a number that is not infinite",
    "float_parsing": "write a number, without quotes",
    "float_type": "write a number, without quotes",
    "bool_parsing": "write true or false, without quotes",
    "bool_type": "write true or false, without quotes",
    "string_type": 'write text in quotes, "…"',
    "string_unicode": "write it without halves of surrogate pairs",
    "path_type": 'write a path in quotes, "…"',
    "tuple_type": 'write a list in brackets, such as ["…", "…"]',
    "list_type": 'write a list in brackets, such as ["…", "…"]',
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "dataclass_type": _TABLE,
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}
_COUNTS = {
    "string_too_short": ("at least", "min_length", "letter"),
    "string_too_long": ("at most", "max_length", "letter"),
    "too_short": ("at least", "min_length", "value"),
    "too_long": ("at most", "max_length", "value"),
}


def cure(error: Any) -> str:
    """What to write instead of what pydantic's ``error`` (of ``ValidationError.errors``) complains about."""
    kind, context = error["type"], error.get("ctx") or {}
    if error["loc"] == ("feeds",) and kind == "tuple_type":
        return "write each feed as a table of its own, below a line [[feeds]]"
    if kind in _WORDS:
        return _WORDS[kind]
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return f"it must be {words} {context[bound]:g}"
    if kind == "literal_error":
        return f"write {context['expected']}".replace("'", '"')
    if kind == "string_pattern_mismatch":
        return "write a-z, 0-9 and - alone"
    if kind in _COUNTS:
        words, bound, what = _COUNTS[kind]
        return f"write {words} {_counted(context[bound], what)}"
    if kind == "value_error":  # of our own validators, in our own words
        return str(context["error"])
    return "this does not fit here; config/crawler.toml has every setting, with its default"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
