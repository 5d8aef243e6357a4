"""Random harm to rows and files of a log: all of it is named (the campaign's short form)."""

from __future__ import annotations

from pathlib import Path

from tests.campaigns import logrot


async def test_d51_whatever_is_harmed_in_a_log_is_named(tmp_path: Path) -> None:
    harm = await logrot.campaign(40, 20, tmp_path)
    assert harm.missed == []
    assert sum(harm.done.values()) == 40
    assert len(harm.done) >= 6
