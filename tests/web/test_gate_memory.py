"""What the gate owes over restarts, and rests that last longer than a visit waits."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crawler.errors import HostPaused
from crawler.model import HostState
from tests.fakes import FakePoliteness
from tests.web.origin import START, FakeClock
from tests.web.turns import Turns, answered, ask, make_gate


async def test_p03_the_next_moment_is_committed_before_the_request_and_kept_over_a_restart() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    async with make_gate(clock, delay=60, memory=memory).turn("wire.example") as turn:
        await turn.at(())
        assert memory.hosts["wire.example"].next_allowed_at == START + timedelta(seconds=60)
        clock.time += 5
    assert memory.hosts["wire.example"].next_allowed_at == START + timedelta(seconds=65)
    clock.time += 10
    async with make_gate(clock, delay=60, memory=memory).turn("wire.example"):
        pass
    assert clock.slept == [50.0]


async def test_a_kill_while_a_request_is_under_way_still_leaves_the_rest_owed() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    gate = make_gate(clock, delay=60, address_delay=30, memory=memory)
    killed = gate.turn("wire.example")
    turn = await killed.__aenter__()
    await turn.at(["ip:192.0.2.7"])
    turns = Turns(make_gate(clock, delay=60, address_delay=30, memory=memory), clock)
    await turns.take("other.example", "ip:192.0.2.7")
    await turns.take("wire.example", "ip:192.0.2.7")
    assert [began for began, _ in turns.spans] == [1030.0, 1060.0]
    await killed.__aexit__(None, None, None)


async def test_pause_failures_and_learned_delay_are_kept_over_a_restart() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    await ask(make_gate(clock, memory=memory), "wire.example", answered(429, seconds=4, silence=900))
    state = memory.hosts["wire.example"]
    assert (state.paused_until, state.pause_status) == (START + timedelta(seconds=900), 429)
    assert (state.delay, state.failures) == (4.0, 1)
    with pytest.raises(HostPaused, match="answered 429 and wants silence until"):
        await ask(make_gate(clock, memory=memory), "wire.example", answered(200))
    clock.time += 900
    gate = make_gate(clock, memory=memory)
    await ask(gate, "wire.example", answered(500))
    assert memory.hosts["wire.example"].failures == 2
    await ask(gate, "wire.example", answered(200))
    assert clock.slept == [4.0]  # the delay that was learned before the restart


async def test_without_a_delay_and_without_news_nothing_is_committed() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    gate = make_gate(clock, delay=0, memory=memory)
    for status in (200, 304, 404, 302):
        await ask(gate, "wire.example", answered(status, seconds=0.4), "ip:192.0.2.7")
    assert memory.commits == []
    assert memory.reads == ["wire.example", "ip:192.0.2.7"]
    await ask(gate, "wire.example", answered(500))
    assert memory.commits == ["wire.example"]


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 86_400.0, -86_400.0])
async def test_p04_a_jump_of_the_wall_clock_changes_no_gap_inside_a_process(jump: float) -> None:
    clock = Jumping()
    turns = Turns(make_gate(clock, delay=60, memory=FakePoliteness()), clock)
    for _ in range(3):
        await turns.take("wire.example")
        clock.jumped += jump
    assert turns.gaps() == [60.0, 60.0]


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 86_400.0, -86_400.0])
async def test_p04_over_a_restart_a_wrong_clock_costs_one_delay_and_a_pause_a_month_at_most(
    jump: float,
) -> None:
    clock, memory = Jumping(), FakePoliteness()
    await ask(make_gate(clock, delay=60, memory=memory), "wire.example", answered(200))
    memory.hosts["paused.example"] = HostState(
        next_allowed_at=START, paused_until=START + timedelta(days=4000), pause_status=503
    )
    clock.jumped += jump
    await ask(make_gate(clock, delay=60, memory=memory), "wire.example", answered(200))
    assert clock.slept == ([60.0] if jump < 0 else [])
    with pytest.raises(HostPaused) as caught:
        await ask(make_gate(clock, memory=memory), "paused.example", answered(200))
    assert caught.value.retry_after == clock.now() + timedelta(days=30)


class Jumping(FakeClock):
    """A clock whose date is moved."""

    jumped = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.jumped)


# --------------------------------------------------------------------------- rests that no visit waits for


async def test_a_rest_longer_than_a_visit_waits_is_reported() -> None:
    clock = FakeClock()
    gate = make_gate(clock, longest_wait=300)
    turns = Turns(gate, clock)
    await turns.take("wire.example", delay=99_999_999_999.0)
    with pytest.raises(HostPaused, match="wants long rests between two requests") as caught:
        await turns.take("wire.example", delay=99_999_999_999.0)
    assert caught.value.retry_after == START + timedelta(days=3650)
    assert (len(turns.spans), clock.slept) == (1, [])


async def test_a_rest_of_years_ends_when_it_is_wished_no_longer() -> None:
    clock = FakeClock()
    turns = Turns(make_gate(clock, longest_wait=300), clock)
    await turns.take("wire.example", delay=99_999_999.0)
    await turns.take("wire.example", delay=200)
    await turns.take("wire.example", delay=200)
    assert turns.gaps() == [200.0, 200.0]


@pytest.mark.parametrize("restart", [False, True])
async def test_a_shorter_wish_of_another_asker_does_not_bring_a_long_rest_forward(restart: bool) -> None:
    clock, memory = FakeClock(), FakePoliteness()
    gate = make_gate(clock, memory=memory, longest_wait=300)
    await Turns(gate, clock).take("wire.example", delay=100_000)
    clock.time += 50_000
    if restart:
        gate = make_gate(clock, memory=memory, longest_wait=300)
    await Turns(gate, clock).take("wire.example", delay=300)
    with pytest.raises(HostPaused) as caught:
        await Turns(gate, clock).take("wire.example", delay=100_000)
    assert caught.value.retry_after == START + timedelta(seconds=100_000)
    assert memory.hosts["wire.example"].next_allowed_at == START + timedelta(seconds=100_000)
