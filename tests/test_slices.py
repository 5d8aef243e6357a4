"""A slice that ends badly is noticed at once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, cast

import pytest

from crawler.errors import StoreError
from crawler.model import Slice
from crawler.slices import SliceRunner
from tests.fakes import FakeClock


class FailedStore:
    """A database whose disk has failed: nothing can even be given back."""

    async def give_back(self, hosts: Collection[str], *, cut: Collection[object]) -> None:
        raise StoreError("the disk failed")


async def test_d49_the_engine_is_woken_when_a_slice_cannot_even_be_given_back() -> None:
    """Else it would rest for a minute before anybody is told."""
    wake, nothing = asyncio.Event(), cast("Any", None)
    runner = SliceRunner(
        pipeline=nothing, store=cast("Any", FailedStore()), stop=asyncio.Event(), observe=lambda *_: None,
        wake=wake, clock=FakeClock(),
    )  # fmt: skip
    with pytest.raises(StoreError, match="the disk failed"):
        await runner.run(Slice(host="orbitwire.example", epoch=1))
    assert wake.is_set()
