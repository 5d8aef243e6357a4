"""How columns are written down, for the modules in which the tables are: ``schema``, ``outcomes``."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Text

metadata = MetaData()


def refers(name: str, target: str, *, needed: bool = False, later: bool = False) -> Column[int]:
    """A foreign key; ``later`` for the one that closes a circle between two tables."""
    key = ForeignKey(target, use_alter=later, name=f"{name}_exists" if later else None)
    return Column(name, Integer, key, nullable=not needed)


def needed(name: str) -> Column[str]:
    """A text that is never missing."""
    return Column(name, Text, nullable=False)


def texts(*names: str) -> list[Column[str]]:
    """Texts that may be missing."""
    return [Column(name, Text) for name in names]
