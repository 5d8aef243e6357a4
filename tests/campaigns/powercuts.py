"""D47: the power fails at every sync and in between, for files and database alike.

``scripts/campaign powercuts --cuts 10000``: records three runs of the real crawler once, then cuts them; with
``--folder`` the recording and the verdicts are kept, and the same command goes on where it was stopped.
``--blind`` leaves one kind of sync out after the other: each must be noticed, or the cuts prove nothing.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.powercut.blindness import KINDS, unnoticed
from tests.powercut.cuts import plan, run
from tests.powercut.recording import Segment, record
from tests.powercut.start import settings, without_workers

SHARED = "/dev/shm"


def recorded(folder: Path, options: argparse.Namespace) -> list[Segment]:
    """The recording in ``folder``, made if there is none."""
    kept = folder / "recording"
    if not kept.exists():
        segments = record(
            folder / "yard", releases=options.releases, seed=options.seed, raw=not options.no_raw
        )
        kept.with_suffix(".new").write_bytes(pickle.dumps(segments))
        kept.with_suffix(".new").rename(kept)
    found: list[Segment] = pickle.loads(kept.read_bytes())  # our own
    return found


def part(folder: Path, options: argparse.Namespace) -> int:
    """Every n-th cut, in a process of its own; verdicts are added to a file, a line each."""
    segments = recorded(folder, options)
    output = folder / f"verdicts-{options.seed}-{options.cuts}-{options.part}.jsonl"
    done = {verdict["cut"] for verdict in _lines(output)}
    mine = [
        cut
        for cut in plan(segments, options.cuts, options.seed)
        if cut.number % options.parts == options.part
    ]
    with (
        TemporaryDirectory(prefix="cuts-", dir=SHARED if Path(SHARED).is_dir() else None) as place,
        output.open("a", encoding="utf-8") as kept,
        without_workers(),
    ):
        config = settings(folder / "yard" / "crawler.toml")
        left = [cut for cut in mine if cut.number not in done]
        for verdict in run(
            segments, left, config, Path(place), options.seed, check_every=options.check_every
        ):
            kept.write(json.dumps(verdict.row()) + "\n")
            kept.flush()
    return 0


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def campaign(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All parts side by side; what they found."""
    segments = recorded(folder, options)
    arguments = [f"--{name}={getattr(options, name)}" for name in ("cuts", "seed", "releases", "parts")]
    arguments.append(f"--check-every={options.check_every}")
    parts = [
        subprocess.Popen(
            [sys.executable, "-m", __spec__.name, *arguments, f"--part={number}", f"--folder={folder}"]
        )
        for number in range(options.parts)
    ]
    codes = [one.wait() for one in parts]
    verdicts = [
        verdict
        for number in range(options.parts)
        for verdict in _lines(folder / f"verdicts-{options.seed}-{options.cuts}-{number}.jsonl")
    ]
    wrong = [verdict for verdict in verdicts if verdict["violations"]]
    return {
        "cuts": len(verdicts),
        "events": {segment.name: len(segment.events) for segment in segments},
        "syncs": sum(event.kind == "syncing" for one in segments for event in one.events),
        "luck": dict(Counter(verdict["luck"] for verdict in verdicts)),
        **{
            name: sum(one[name] for one in verdicts)
            for name in ("finished", "restored", "dropped", "swept", "torn", "waiting")
        },
        "checked": sum(one.get("checked", False) for one in verdicts),
        "cpu_seconds": round(sum(one["seconds"] for one in verdicts), 1),
        "violations": len(wrong),
        "first": wrong[:10],
        "ended": codes,
    }


def main() -> int:
    """The campaign; 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.powercuts", description=__doc__)
    parser.add_argument("--cuts", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--releases", type=int, default=14, help="that the wire has at first")
    parser.add_argument(
        "--no-raw", action="store_true", help="without a raw archive: what is torn is due again"
    )
    parser.add_argument(
        "--check-every", type=int, default=5, metavar="N",
        help="each Nth archive is judged by tests.checker too (default 5; 0: none)",
    )  # fmt: skip
    parser.add_argument("--parts", type=int, default=2, help="processes")
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help="keeps recording and verdicts")
    parser.add_argument("--blind", action="store_true", help="test the model instead")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="powercuts-", dir=SHARED if Path(SHARED).is_dir() else None) as place:
        folder = (options.folder or Path(place)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        if options.part is not None:
            return part(folder, options)
        if options.blind:
            return _blind(folder, options)
        found = campaign(folder, options)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            print(f"{name:<16}{value}")
    return 1 if found["violations"] or any(found["ended"]) or found["cuts"] < options.cuts else 0


def _blind(folder: Path, options: argparse.Namespace) -> int:
    segments = recorded(folder, options)
    with (
        TemporaryDirectory(prefix="cuts-", dir=SHARED if Path(SHARED).is_dir() else None) as place,
        without_workers(),
    ):
        config = settings(folder / "yard" / "crawler.toml")
        missed = unnoticed(segments, config, Path(place), options.cuts, options.seed, tell=print)
    print(f"{len(KINDS) - len(missed)} of {len(KINDS)} kinds of sync are missed when they are not done")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
