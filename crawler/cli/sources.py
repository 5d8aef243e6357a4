"""``--source``: which wires are meant; for every command that takes it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from crawler.config import Config


def known_sources(
    config: Config, names: Sequence[str] | None, archived: Callable[[], Iterable[str]]
) -> frozenset[str] | None:
    """The wanted wires, each configured or archived, by name or folder; None for all.

    A wrong name is wrong usage: beside a right one it would leave half of what is meant unsaid.
    """
    from crawler.config import source_key

    if not names:
        return None
    known = {feed.source for feed in config.feeds}
    if not known.issuperset(names):
        known.update(archived())
    keys = {source_key(one) for one in known}
    for name in names:
        if name not in known | keys:
            raise typer.BadParameter(
                f'no wire is named "{name}"; {_meant(name, known)}', param_hint="--source"
            )
    return frozenset(names)


def _meant(name: str, known: Iterable[str]) -> str:
    folded = {one.casefold(): one for one in sorted(known)}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.7)
    return f'did you mean "{folded[near[0]]}"?' if near else "`crawler inspect stats` lists them"
