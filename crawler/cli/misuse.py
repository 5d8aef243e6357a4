"""What was asked wrongly, in one sentence as of any other error: which command, what, where its words are told.

The words of the library that reads the command line are used where they name what is wrong.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

_EXTRA = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", re.DOTALL)


def is_misuse(error: Exception) -> bool:
    """Whether it is the library's way to say that a command was asked wrongly."""
    return hasattr(error, "format_message")


def is_question(error: Exception) -> bool:
    """Whether nothing was asked for at all: then the commands are told."""
    return type(error).__name__ == "NoArgsIsHelpError"


def sentence(error: Any) -> str:
    """``"crawler verify: no such option: --onyl; did you mean --only? `crawler verify -h` tells more"``."""
    context = getattr(error, "ctx", None)
    command = "crawler" if context is None else context.command_path
    if type(error).__name__ == "BadParameter":  # in our words, which tell what to write
        place = _place(error)
        return f"{command}: {place and f'{place}: '}{error.message.removeprefix('Value error, ').rstrip('.')}"
    told = _told(error).rstrip(".")
    if context is None:  # an option without its value: the library does not say whose
        return f"{command}: {told}"
    return f"{command}: {told}{'' if told.endswith('?') else ';'} `{command} -h` tells more"


def _told(error: Any) -> str:
    if extra := _EXTRA.fullmatch(error.message):
        return f"too many arguments: {extra[1]}"
    if near := difflib.get_close_matches(getattr(error, "option_name", ""), _options(error), n=1):
        return f"no such option: {error.option_name}; did you mean {near[0]}?"
    told: str = error.message if _options(error) else error.format_message()
    return told[:1].lower() + told[1:]


def _options(error: Any) -> list[str]:
    return list(getattr(error, "possibilities", None) or ())


def _place(error: Any) -> str:
    """The option or argument as the help calls it."""
    hint, parameter = getattr(error, "param_hint", None), getattr(error, "param", None)
    if hint is None and parameter is not None:
        if parameter.param_type_name == "argument":
            return str(parameter.metavar or parameter.name).strip("[]")
        return str(next((one for one in parameter.opts if one.startswith("--")), parameter.opts[0]))
    return hint if isinstance(hint, str) else ""
