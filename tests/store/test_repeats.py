"""A text that a host shows for several items is known again, over restarts, and only where it matters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from crawler.model import DueItem, Page, Repeats
from crawler.store.sql import SqlStore
from tests.fakes import page
from tests.store.contract import archive, due_items, with_items
from tests.store.examples import HOUR, NOON, addressed

TEXT = "ab" * 16


def shown(item: DueItem, *, host: str = "www.orbitwire.example", at: timedelta = timedelta(0)) -> Page:
    return page(f"https://{host}/release/{item.item_id}", b"<p>Welcome</p>", at=NOON + at)


async def test_a_text_of_one_item_is_no_repeat_however_often_it_is_read(store: SqlStore) -> None:
    _, [item] = await with_items(store, *addressed(1))
    for hour in range(3):
        assert await store.repeats(item, shown(item, at=hour * HOUR), TEXT) == Repeats()


async def test_a_text_of_a_second_item_of_the_host_is_a_repeat_and_is_remembered(
    make_store: Callable[[], SqlStore],
) -> None:
    async with make_store() as store:
        _, [one, two] = await with_items(store, *addressed(1, 2))
        await store.repeats(one, shown(one), TEXT)
    async with make_store() as store:
        assert await store.repeats(two, shown(two), TEXT) == Repeats(others=1)
        assert await store.repeats(one, shown(one), TEXT) == Repeats(others=1)


async def test_other_texts_and_other_hosts_are_no_repeats(store: SqlStore) -> None:
    _, [one, two] = await with_items(store, *addressed(1, 2))
    await store.repeats(one, shown(one), TEXT)
    assert await store.repeats(two, shown(two), TEXT[::-1]) == Repeats()
    assert await store.repeats(two, shown(two, host="orbit.example"), TEXT) == Repeats()


async def test_two_addresses_of_one_page_are_no_repeat(store: SqlStore) -> None:
    _, [one, two] = await with_items(store, *addressed(1, 2))
    await store.repeats(one, shown(one), TEXT)
    assert await store.repeats(two, shown(one), TEXT) == Repeats()


async def test_one_release_that_is_told_twice_is_no_repeat(store: SqlStore) -> None:
    _, [one, two] = await with_items(store, *addressed(1, 2, title="Orbit opens a second lighthouse"))
    await store.repeats(one, shown(one), TEXT)
    assert await store.repeats(two, shown(two), TEXT) == Repeats()


async def test_an_article_that_is_the_repeated_text_is_due_again_and_told_so(store: SqlStore) -> None:
    _, [one, two] = await with_items(store, *addressed(1, 2))
    await store.repeats(one, shown(one), TEXT)
    await archive(store, one)
    assert [item.item_id for item in await due_items(store)] == [two.item_id]
    assert await store.repeats(two, shown(two), TEXT) == Repeats(others=1)
    assert {item.item_id for item in await due_items(store)} == {one.item_id, two.item_id}
    assert await store.repeats(one, shown(one, at=HOUR), TEXT) == Repeats(others=1, standing=True)


async def test_an_article_that_was_whole_before_its_page_became_a_template_stands(store: SqlStore) -> None:
    _, [one, two] = await with_items(store, *addressed(1, 2))
    await archive(store, one)
    await store.repeats(two, shown(two), TEXT)
    assert await store.repeats(one, shown(one, at=HOUR), TEXT) == Repeats(others=1, standing=False)
    await store.repeats(two, shown(two, at=HOUR), TEXT)
    assert [item.item_id for item in await due_items(store)] == [two.item_id]


async def test_a_text_is_forgotten_after_a_season(make_store: Callable[[], SqlStore]) -> None:
    async with make_store() as store:
        _, [one, two] = await with_items(store, *addressed(1, 2))
        await store.repeats(one, shown(one, at=-timedelta(days=91)), TEXT)
        await store.tidy()
        assert await store.repeats(two, shown(two), TEXT) == Repeats()
