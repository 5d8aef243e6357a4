from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from crawler.errors import Passing, Refused, Unreachable
from crawler.web import names
from crawler.web.guard import Guard
from tests.web.origin import FakeClock, RealClock
from tests.web.origin import Names as Table

SITE = URL("http://wire.example/a")
AGAIN = OSError(socket.EAI_AGAIN, "Temporary failure in name resolution")


def make(table: Table, clock: FakeClock | None = None) -> names.Names:
    return names.Names(table, Guard(ports=(80,)), clock or FakeClock())


async def choose(found: names.Names, *, number: int = 1, url: URL = SITE) -> tuple[str, ...]:
    return await found.choose(url, number=number, seconds=5)


async def test_at_most_one_address_of_each_family_is_chosen() -> None:
    answers = ["2606:4700::1", "2606:4700::2", "93.184.215.14", "93.184.215.15"]
    assert await choose(make(Table(wire_example=answers))) == ("2606:4700::1", "93.184.215.14")
    assert await choose(make(Table(wire_example=answers[2:]))) == ("93.184.215.14",)
    assert await choose(make(Table(wire_example=answers[:2]))) == ("2606:4700::1",)


async def test_later_tries_rotate_to_the_other_addresses() -> None:
    found = make(Table(wire_example=[f"93.184.215.{i}" for i in (1, 2, 3)]))
    chosen = [await choose(found, number=number) for number in (1, 2, 3, 4)]
    assert [address[-1] for (address,) in chosen] == ["1", "2", "3", "1"]


async def test_the_address_that_worked_for_the_name_is_preferred() -> None:
    found = make(Table(wire_example=["2606:4700::1", "93.184.215.1", "93.184.215.2"]))
    found.worked(SITE, "93.184.215.2")
    assert await choose(found) == ("93.184.215.2", "2606:4700::1")
    assert (await choose(found, number=2))[0] == "93.184.215.1"


async def test_an_address_that_no_connection_reached_is_tried_last_for_ten_minutes() -> None:
    clock = FakeClock()
    found = make(Table(wire_example=["2606:4700::1", "93.184.215.1"]), clock)
    found.failed(["2606:4700::1"])
    assert await choose(found, number=2) == ("93.184.215.1",)
    found.failed(["93.184.215.1"])
    assert await choose(found) == ("2606:4700::1", "93.184.215.1")  # none is better than another
    clock.time += names.AVOIDED + 1
    assert await choose(found) == ("2606:4700::1", "93.184.215.1")
    found.failed(["93.184.215.1"])
    found.worked(SITE, "93.184.215.1")
    assert (await choose(found))[0] == "93.184.215.1"


@given(st.lists(st.integers(1, 9), min_size=1, unique=True), st.sets(st.integers(1, 9)), st.integers(1, 9))
def test_an_address_that_answers_is_chosen_whenever_there_is_one(
    answers: list[int], dead: set[int], number: int
) -> None:
    found = make(Table(wire_example=[f"93.184.215.{i}" for i in answers]))
    found.failed([f"93.184.215.{i}" for i in dead])
    (chosen,) = asyncio.run(choose(found, number=number))
    assert int(chosen[-1]) in (set(answers) - dead or set(answers))


async def test_a_literal_is_its_own_address_and_nobody_is_asked() -> None:
    table = Table()
    for host, address in (("93.184.215.14", "93.184.215.14"), ("[2606:4700:0::1]", "2606:4700::1")):
        found = make(table)
        assert await choose(found, url=URL(f"http://{host}/")) == (address,)
        found.worked(URL(f"http://{host}/"), address)
        assert not found._worked
    assert table.asked == []


async def test_z67_one_private_answer_refuses_the_name_whole() -> None:
    with pytest.raises(Refused, match=r"^http://wire\.example/a: .*10\.0\.0\.1 is not a public address"):
        await choose(make(Table(wire_example=["93.184.215.14", "10.0.0.1"])))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8::7", "2001:0DB8:0:0::7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_has_one_key_however_it_is_written(one: str, other: str) -> None:
    assert names.key(one) == names.key(other)


# --------------------------------------------------------------------------- whose trouble it is


@pytest.mark.parametrize(
    ("answer", "passing"),
    [
        (OSError(socket.EAI_NONAME, "Name or service not known"), Passing.TEMPORARY),
        (OSError(socket.EAI_FAIL, "Non-recoverable failure in name resolution"), Passing.TEMPORARY),
        (OSError(socket.EAI_MEMORY, "Memory allocation failure"), Passing.OURS),
        (OSError(errno.EMFILE, "Too many open files"), Passing.OURS),
        (OSError(), Passing.TEMPORARY),
        ([], Passing.TEMPORARY),
    ],
)
async def test_n20_a_name_that_cannot_be_resolved_is_unreachable(answer: object, passing: Passing) -> None:
    with pytest.raises(Unreachable, match=r"the name wire\.example cannot be resolved: [a-z]") as caught:
        await choose(make(Table(wire_example=answer)))  # type: ignore[arg-type]
    assert caught.value.passing is passing


async def test_n20_a_name_whose_servers_fail_is_its_owners_trouble_while_others_resolve() -> None:
    clock = FakeClock()
    found = make(Table(wire_example=AGAIN, good_example=["93.184.215.14"], gone_example=AGAIN), clock)
    for _ in range(3):
        await choose(found, url=URL("http://good.example/"))
        clock.time += 7200  # however long ago: the name that resolved last is asked once more
        with pytest.raises(Unreachable, match="temporary failure in name resolution") as caught:
            await choose(found)
        assert caught.value.passing is Passing.TEMPORARY


async def test_n26_a_resolver_that_fails_for_every_name_is_our_trouble_from_the_first_moment() -> None:
    clock, table = FakeClock(), Table(good_example=["93.184.215.14"], wire_example=AGAIN)
    with pytest.raises(Unreachable) as caught:
        await choose(make(table, clock))  # nothing was ever resolved
    assert caught.value.passing is Passing.OURS
    found = make(table, clock)
    await choose(found, url=URL("http://good.example/"))
    clock.time += 2
    table.table["good.example"] = AGAIN
    for _ in range(5):
        with pytest.raises(Unreachable) as caught:
            await choose(found)
        assert caught.value.passing is Passing.OURS
        clock.time += 0.1
    assert table.asked.count("good.example") == 2  # one proof serves all who doubt at once
    clock.time += 2
    table.table["good.example"] = OSError(socket.EAI_NONAME, "gone meanwhile, and that is an answer")
    with pytest.raises(Unreachable) as caught:
        await choose(found)
    assert caught.value.passing is Passing.TEMPORARY


async def test_n20_two_hundred_names_that_hang_delay_nobody_else() -> None:
    class Slow:
        async def resolve(self, host: str) -> Sequence[str]:
            if host.startswith("slow"):
                await asyncio.sleep(60)
            return ["93.184.215.14"]

    clock = RealClock()
    found = names.Names(Slow(), Guard(ports=(80,)), clock)
    slow = [
        asyncio.ensure_future(found.choose(URL(f"http://slow{i}.example/"), number=1, seconds=0.3))
        for i in range(200)
    ]
    await asyncio.sleep(0)
    began = clock.monotonic()
    for i in range(100):
        await choose(found, url=URL(f"http://h{i}.example/"))
    assert clock.monotonic() - began < 0.25
    results = await asyncio.gather(*slow, return_exceptions=True)
    assert {type(each) for each in results} == {Unreachable}
    assert {each.passing for each in results if isinstance(each, Unreachable)} == {Passing.TEMPORARY}


async def test_what_is_remembered_of_names_and_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_REMEMBERED", 3)
    found = make(Table())
    for i in range(9):
        found.worked(URL(f"http://h{i}.example/"), "93.184.215.14")
        found.failed([f"93.184.215.{i}"])
    assert (len(found._worked), len(found._failed)) == (3, 3)
