"""What to write instead: the words of an error in a configuration file, for those who know TOML and not Python."""

from __future__ import annotations

from typing import Any

_TABLE = "write a table here, such as [web] with its keys below"
_WORDS = {
    "int_parsing": "write a whole number, without quotes",
    "int_type": "write a whole number, without quotes",
    "int_from_float": "write a whole number",
    "float_parsing": "write a number, without quotes",
    "float_type": "write a number, without quotes",
    "bool_parsing": "write true or false, without quotes",
    "bool_type": "write true or false, without quotes",
    "string_type": 'write text in quotes, "…"',
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


def cure(error: Any) -> str:
    """What to write instead of what pydantic's ``error`` (of ``ValidationError.errors``) complains about."""
    kind, context = error["type"], error.get("ctx") or {}
    if error["loc"] == ("feeds",) and kind == "tuple_type":
        return "write each feed as a table of its own, below a line [[feeds]]"
    if kind in _WORDS:
        return _WORDS[kind]
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        told = context[bound]  # of a length of time pydantic tells words: "0 seconds"
        return f"it must be {words} {told if isinstance(told, str) else f'{told:g}'}"
    if kind == "literal_error":
        return f"write {context['expected']}".replace("'", '"')
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
