"""What values of the configuration are made of, for its sections."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from crawler.config.units import duration, size


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 0) >= 0
    except ValueError:  # brackets that do not close, a port that none can be
        whole = False
    if not whole:
        raise ValueError("write a full address that begins with http:// or https://")
    return value


def _a_century_at_most(value: timedelta) -> timedelta:
    if value > timedelta(days=36525):  # now and that long would be a year that no calendar has
        raise ValueError("this length of time is too long")
    return value


def _a_minute_at_least(value: timedelta) -> timedelta:
    if value < timedelta(minutes=1):
        raise ValueError('it must be at least "1m"')
    return value


def _more_than_nothing(value: timedelta) -> timedelta:
    if not value:
        raise ValueError('it must be more than "0s"')
    return value


def _without_nothing(value: Path) -> Path:
    if "\0" in str(value):
        raise ValueError("write a path without the sign U+0000: no file can be called so")
    return value


Duration = Annotated[timedelta, BeforeValidator(duration), AfterValidator(_a_century_at_most)]
Wait = Annotated[Duration, AfterValidator(_a_minute_at_least)]
Span = Annotated[Duration, AfterValidator(_more_than_nothing)]
Place = Annotated[Path, AfterValidator(_without_nothing)]
Size = Annotated[int, BeforeValidator(size)]
Address = Annotated[str, BeforeValidator(lambda value: _web_address(str(value)))]


class Section(BaseModel):
    """A table of the configuration: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=False)
