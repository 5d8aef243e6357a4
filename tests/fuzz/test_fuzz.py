"""C44: the campaign in short, what it once found, and that it finds what is planted."""

from __future__ import annotations

import ctypes
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import pytest

from crawler.errors import NotAFeed
from tests.campaigns import fuzz
from tests.fuzz import corpus, hands, inputs, readers, rules, shrink
from tests.fuzz.hands import Batch, Finding
from tests.fuzz.rules import Broken

SHORT = {
    "feed": 40,
    "page": 5,
    "entry": 30,
    "date": 400,
    "url": 200,
    "header": 400,
    "robots": 60,
    "front-matter": 200,
}


@pytest.mark.parametrize("reader", SHORT)
def test_c44_a_reader_refuses_or_reads_whatever_comes(reader: str) -> None:
    samples = corpus.samples(reader)
    outcomes = {
        hands.judge(reader, inputs.build(reader, 44, number, samples))[0] for number in range(SHORT[reader])
    }
    assert outcomes <= {"read", "refused"}


@pytest.mark.parametrize("reader", SHORT)
def test_c44_a_sample_as_it_is_is_read(reader: str) -> None:
    assert hands.judge(reader, corpus.own(reader)[0]) == ("read", "")


@pytest.mark.parametrize("path", sorted(shrink.KEPT.glob("*.txt")), ids=lambda path: path.stem)
def test_c44_what_was_once_found_is_found_no_more(path: Path) -> None:
    outcome, trace = hands.judge(*shrink.kept(path))
    assert outcome in {"read", "refused"}, trace


# --------------------------------------------------------------------------- the campaign itself


def _raise(data: bytes) -> str:
    if b"7" in data:
        raise KeyError("planted")
    return "read"


def _hang(data: bytes) -> str:
    while b"7" in data:
        pass
    return "read"


def _crash(data: bytes) -> str:
    if b"7" in data:
        ctypes.string_at(0)
    return "read"


def _leave(data: bytes) -> str:
    if b"7" in data:
        os._exit(3)
    return "read"


def _grow(data: bytes) -> str:
    return "refused" if b"7" in data and bytearray(2 * hands.MEMORY) else "read"


@pytest.mark.parametrize(
    ("planted", "sign"),
    [
        (_raise, "KeyError"),
        (_hang, "SIGXCPU"),
        (_crash, "SIGSEGV"),
        (_leave, "exit 3"),
        (_grow, "MemoryError"),
    ],
)
def test_c44_the_campaign_names_the_one_input_that_does_harm(
    planted: Callable[[bytes], str], sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "READERS", MappingProxyType({"date": planted}))
    batches = [Batch("date", 0, 5), Batch("date", 5, 4)]
    found = list(hands.run(batches, lambda reader, number: b"%d" % number, jobs=2))
    findings = [finding for _, report in found for finding in report.findings]
    assert [(finding.number, sign in finding.sign) for finding in findings] == [(7, True)]
    assert sum(report.inputs for _, report in found) == 9


def test_c44_an_input_is_the_same_each_time_and_another_for_another_seed() -> None:
    samples = corpus.samples("date")
    first = [inputs.build("date", 1, number, samples) for number in range(50)]
    assert first == [inputs.build("date", 1, number, samples) for number in range(50)]
    assert first != [inputs.build("date", 2, number, samples) for number in range(50)]


def test_c44_a_typed_refusal_is_no_finding_and_a_broken_rule_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotAFeed("no")

    monkeypatch.setattr("crawler.feeds.parse", refuse)
    assert hands.judge("feed", b"x\ny") == ("refused", "")
    monkeypatch.setattr("crawler.dates.read", lambda text, **_: readers.NOW.replace(tzinfo=None))
    assert hands.judge("date", b"x")[0].startswith("Broken")


@pytest.mark.parametrize(
    "body",
    ["<script>x</script>", "<p onclick=x>a</p>", '<a href="javascript:x">a</a>', "<p>a\nb</p>", "<p", "<iframe src=x>", "{{< x >}}", '<p class="a">b</p>'],
)  # fmt: skip
def test_c44_an_active_body_breaks_a_rule(body: str) -> None:
    rules.body_is_inert('<p>a <a href="https://wire.example/">b</a> &lt;script&gt;</p>')
    with pytest.raises(Broken):
        rules.body_is_inert(body)


def test_c44_a_finding_is_made_small_and_kept_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shrink, "KEPT", tmp_path)
    small = shrink.smallest(b"a\xff" * 300 + b"needle" + b"z" * 300, lambda data: b"needle" in data)
    assert small == b"needle"
    path = shrink.keep(Finding("date", 7, "KeyError in crawler/dates.py:read", ""), b"\xff\x00needle", 1)
    assert path.read_text(encoding="ascii").isprintable() is False
    assert shrink.kept(path) == ("date", b"\xff\x00needle")


def test_c44_the_command_tells_its_table_or_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["fuzz", "--inputs", "300", "--reader", "date", "--jobs", "1", "--json"])
    began = time.monotonic()
    assert fuzz.main() == 0
    told = json.loads(capsys.readouterr().out)
    assert told["findings"] == []
    assert (told["readers"][0]["reader"], told["readers"][0]["inputs"]) == ("date", 300)
    assert time.monotonic() - began < 60
    monkeypatch.setattr(readers, "READERS", MappingProxyType({"date": _raise}))
    monkeypatch.setattr("sys.argv", ["fuzz", "--inputs", "50", "--reader", "date", "--jobs", "1"])
    assert fuzz.main() == 1
    assert "KeyError" in capsys.readouterr().out
