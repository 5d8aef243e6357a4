"""``[[hosts]]``: what a person writes about the pages of one host."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from crawler.config.selectors import selector
from crawler.model import HostRule, Selector

Css = Annotated[Selector, BeforeValidator(selector)]


class HostConfig(BaseModel):
    """``[[hosts]]``: how the pages of one host are read, where the general reading is not right."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=False)

    host: str
    body: Css | None = None
    remove: tuple[Css, ...] = ()
    title: Css | None = None
    cut_at: tuple[Annotated[str, Field(min_length=2)], ...] = ()

    @field_validator("host")
    @classmethod
    def _bare(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", value):
            raise ValueError('write the bare name of a host in lower case, such as "www.wire.example"')
        return value

    @model_validator(mode="after")
    def _says_something(self) -> HostConfig:
        if not (self.body or self.remove or self.title or self.cut_at):
            raise ValueError("says nothing; add body, remove, title or cut_at")
        return self

    @property
    def rule(self) -> HostRule:
        """As the steps know it."""
        return HostRule(
            host=self.host, body=self.body, remove=self.remove, title=self.title, cut_at=self.cut_at
        )


def _one_each(value: tuple[HostConfig, ...]) -> tuple[HostConfig, ...]:
    names = [host.host for host in value]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f'two rules are for "{twice}"; make them one')
    return value


Hosts = Annotated[tuple[HostConfig, ...], AfterValidator(_one_each)]
