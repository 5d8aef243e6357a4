"""``[log]``: the tamper-evident log of revisions (docs/durability.md)."""

from __future__ import annotations

import re
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, field_validator

from crawler.config.values import Place, Span

_PUBLIC = re.compile(r"[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43}[A-Za-z0-9+/=]")
_NAME = re.compile(r"[^\s+]{1,200}")


class LogConfig(BaseModel):
    """``[log]``: how the log is called, who signs it, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=False)

    key: Place | None = None  #: file of the secret key (``crawler log keygen``); outside the archive
    origin: str | None = None  #: the log's name; default: the key's, else public_url without its scheme
    trusted: tuple[str, ...] = ()  #: public keys that are believed beside the key's own: those before it
    every: Span = timedelta(hours=1)  #: between two heads of a daemon, if there is anything new
    entries: int = Field(default=1000, ge=1)  #: … or after so many new leaves
    publish: bool = False  #: put a proof file for each article below ``static/``

    @field_validator("origin")
    @classmethod
    def _name(cls, value: str | None) -> str | None:
        if value is not None and not _NAME.fullmatch(value):
            raise ValueError('write a name without white space and "+", such as "example.org/wires"')
        return value

    @field_validator("trusted")
    @classmethod
    def _keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            if not _PUBLIC.fullmatch(text):
                raise ValueError(f'"{text}" is no public key as `crawler log keygen` prints it')
        return value
