"""What values of the configuration are made of, for its sections."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from crawler.config.units import duration, size


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write a full address that begins with http:// or https://")
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
Wait = Annotated[timedelta, BeforeValidator(duration), Field(ge=timedelta(minutes=1))]
Size = Annotated[int, BeforeValidator(size)]
Address = Annotated[str, BeforeValidator(lambda value: _web_address(str(value)))]


class Section(BaseModel):
    """A table of the configuration: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=False)
