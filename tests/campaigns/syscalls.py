"""D45, D48, D49, D53: every system call of a run's write path killed, or failed with EIO, ENOSPC, EMFILE.

``scripts/campaign syscalls``: the real crawler, forked for each point and traced by strace, opens an archive of an
older schema, archives ten releases and two edits with the raw archive on, and is hurt at one call.  Then it is
started again, a day passes, it is started once more; ``tests.checker`` judges; a last start must change nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import resource
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.campaigns import caring, points
from tests.campaigns.points import ALL_FAULTS, STAGES, Point
from tests.campaigns.reckoning import Result, chosen, table
from tests.campaigns.scene import DAY, FLOOR, SCENES, Scene, scene
from tests.campaigns.zygote import Stuck, Zygote
from tests.checker import Terms, judge
from tests.journey import Yard

_SHARED_MEMORY = Path("/dev/shm")


@dataclass(slots=True)
class Lane:
    """One zygote and the points that it works through."""

    zygote: Zygote
    made: Scene
    real_threads: bool

    def hurt(self, point: Point, name: str) -> Result:
        """One point from the copy of the archive to the verdict."""
        shutil.rmtree(self.made.folder / name, ignore_errors=True)  # of a campaign that was broken off
        yard = self.made.yard(name)
        result = self._hurt(point, yard)
        if result.hit and self.made.care is not None:
            result.wrong += self.made.care.judge(yard, result.code, self._again(yard), odd=bool(point.k % 2))
        elif result.hit:
            self._judge(point, yard, result)
        if not result.wrong:
            shutil.rmtree(yard.folder)
        return result

    def trace(self, name: str) -> Path:
        """The calls of a run that nobody hurts."""
        yard = self.made.yard(name)
        out = yard.folder / "trace"
        code = self._traced(yard, out, points.trace_options())
        assert code in {0, 1}, (yard.folder / f"{name}-0.err").read_text(encoding="utf-8")
        return out

    def _traced(self, yard: Yard, out: Path, options: tuple[str, ...]) -> int:
        job = self.made.job(yard, [0.0], **self.made.copied(), stop=True)
        told = self.zygote.say(job | ({"threads": "real"} if self.real_threads else {}))
        tracer = points.attach(told["stopped"], *options, out=out)
        os.kill(told["stopped"], signal.SIGCONT)
        try:
            code: int = self.zygote.hear()["code"]
        except Stuck:
            os.kill(told["stopped"], signal.SIGABRT)  # told apart from the kill of the point
            code = self.zygote.hear()["code"]
        assert tracer.stderr is not None
        tracer.stderr.close()
        tracer.wait(10)
        return code

    def _hurt(self, point: Point, yard: Yard) -> Result:
        out = yard.folder / "trace"
        # Other threads than the main one have a k-th call too: only a hit in the right place counts.
        exact = self.real_threads or self.made.care is not None
        named = ("-y",) if exact else ()
        code = self._traced(yard, out, (*named, "-e", f"trace={point.call}", "-e", point.option()))
        words = yard.folder / f"{yard.folder.name}-0.err"
        said = words.read_text(encoding="utf-8", errors="replace") if words.exists() else ""
        killed = code == -signal.SIGKILL
        hits = [
            line
            for line in out.read_text(encoding="utf-8", errors="replace").splitlines()
            if "(INJECTED)" in line
        ]
        places = self.made.places(yard)
        injected = any(str(place) in line for line in hits for place in places) or (bool(hits) and not exact)
        last = said.strip().rpartition("\n")[2][-300:]
        result = Result(key=point.key, stage=point.stage, hit=killed or injected, code=code, said=last)
        if point.fault != "KILL" and result.hit:
            result.wrong += _insane(code, said)
        return result

    def _again(self, yard: Yard) -> caring.Again:
        """How commands are given after a point, each set of them with words of its own."""
        numbers = iter(range(100))

        def again(*commands: list[str]) -> caring.Phases:
            told, number = yard.folder / "told.json", next(numbers)
            told.unlink(missing_ok=True)
            given = [[part.format(folder=yard.folder) for part in command] for command in commands]
            job = self.made.job(yard, [0.0] * len(given), told=str(told), commands=given)
            ended = self.zygote.say(job | {"output": f"{yard.folder}/again{number}-"})
            if not told.exists():  # it did not even come to an end by itself
                return [{"code": ended["code"] or 70, "changed": []} for _ in given]
            phases: caring.Phases = json.loads(told.read_text(encoding="utf-8"))
            return phases

        return again

    def _judge(self, point: Point, yard: Yard, result: Result) -> None:
        """Start again, let a day pass, start once more, and once more for nothing."""
        told = yard.folder / "told.json"
        crawls = self.made.name != "rebuild"
        again = {} if crawls else {"command": ["rebuild", "--anew"]}  # also where the first one was done
        job = self.made.job(yard, [0.0, DAY, DAY + 60] if crawls else [0.0, 0.0], told=str(told), **again)
        self.zygote.say(job | {"output": f"{yard.folder}/again-"})
        phases = json.loads(told.read_text(encoding="utf-8")) if told.exists() else []
        if not phases or any(phase["code"] for phase in phases[1 if crawls else 0 :]):
            last = max(yard.folder.glob("again-*.err")).read_text(encoding="utf-8").strip()
            result.wrong.append(f"started again it ended with {[p['code'] for p in phases]}: {last[-400:]}")
            return
        held = set() if crawls else {"table feeds"}  # a rebuild puts polls off: they may have been made since
        if changed := sorted(set(phases[-1]["changed"]) - held):
            result.wrong.append(f"a start without work changed {changed[:5]}")
        log = self.made.journal(yard, phases)
        terms = Terms(floor=FLOOR, allow=("127.0.0.0/8",), faults=point.fault != "KILL" or not crawls)
        database = yard.archive / "crawler.db"
        result.wrong += [str(one) for one in judge(yard.archive, database, log if crawls else None, terms)]
        result.wrong += _incomplete(yard, self.made)


def _insane(code: int, said: str) -> list[str]:
    """What no failing disk may bring about."""
    wrong = []
    if code not in {0, 1}:
        wrong.append(f"it ended with {code}: {said.strip()[-300:]}")
    if "Traceback" in said or "bug" in said:
        wrong.append(f"it showed a bug: {said.strip()[-400:]}")
    if code == 1 and not said.strip():
        wrong.append("it failed without a word")
    return wrong


def _incomplete(yard: Yard, made: Scene) -> list[str]:
    """In the end everything that the wire has is archived, once, as it is now."""
    titles = {row["source_link"]: row["title"] for row in yard.rows(
        "SELECT source_link, title FROM articles WHERE revision > 0")}  # fmt: skip
    wanted = {posting.url for posting in made.wire.postings}
    missing = [f"I1 lost: {url} is not archived in the end" for url in sorted(wanted - titles.keys())]
    edits = yard.rows("SELECT count(*) AS n FROM revisions WHERE state = 'superseded'")[0]["n"]
    return missing + ([] if edits else ["I1 lost: the first revision of an edited release"])


@dataclass(slots=True)
class Campaign:
    """All points, done by several lanes; what is done is written down at once."""

    results: Path
    tell: Callable[[str], None]
    done: dict[str, Result] = field(default_factory=dict)

    def resume(self) -> None:
        """Take up what an earlier run has done."""
        if self.results.exists():
            for line in self.results.read_text(encoding="utf-8").splitlines():
                result = Result(**json.loads(line))
                self.done[result.key] = result

    def work(self, lanes: list[Lane], wanted: list[Point]) -> None:
        """Work through the points that are not done."""
        todo: queue.SimpleQueue[tuple[int, Point]] = queue.SimpleQueue()
        for number, point in enumerate(wanted):
            if point.key not in self.done:
                todo.put((number, point))
        turn, began, total = threading.Lock(), time.monotonic(), todo.qsize()
        count = iter(range(1, total + 1))

        def run(lane: Lane) -> None:
            while True:
                try:
                    number, point = todo.get_nowait()
                except queue.Empty:
                    return
                result = lane.hurt(point, f"p{number}")
                with turn:
                    self._note(result, next(count), total, began)

        threads = [threading.Thread(target=run, args=(lane,)) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _note(self, result: Result, number: int, total: int, began: float) -> None:
        self.done[result.key] = result
        with self.results.open("a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(result)) + "\n")
        for wrong in result.wrong[:2]:
            self.tell(f"BROKEN  {result.key}: {wrong}")
        if number % 50 == 0 or number == total:
            bad = sum(bool(one.wrong) for one in self.done.values())
            left = (time.monotonic() - began) / number * (total - number)
            self.tell(f"{number} of {total} points, {bad} broken, about {left:.0f} s left")


def campaign(folder: Path, given: argparse.Namespace, tell: Callable[[str], None]) -> dict[str, Result]:
    """Trace, choose, hurt."""
    zygotes = [Zygote.fork() for _ in range(given.processes)]
    work = Campaign(given.results or folder / "results.jsonl", tell)
    if given.resume:
        work.resume()
    with scene(folder, zygotes, schema=given.schema, seed=given.seed, name=given.scene) as made:
        lanes = [Lane(zygote, made, given.threads) for zygote in zygotes]
        traced = lanes[0].trace("traced")
        places = made.places(Yard(traced.parent))
        every = list(points.found(traced, places, given.fault or ALL_FAULTS, staged=made.care is None))
        if given.call:
            every = [point for point in every if point.call in given.call]
        if given.stage:
            every = [point for point in every if point.stage in given.stage]
        wanted = (
            [p for p in every if p.key == given.point]
            if given.point
            else chosen(every, given.points, given.seed)
        )
        tell(f"{len(every)} points in a run; {len(wanted)} are tried")
        work.work(lanes, wanted)
    for zygote in zygotes:
        zygote.close()
    return work.done


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="syscalls", description=__doc__)
    parser.add_argument("--points", type=int, metavar="N", help="only so many, of all kinds")
    parser.add_argument(
        "--fault", action="append", choices=ALL_FAULTS, help="only this one (may be repeated)"
    )
    parser.add_argument(
        "--call", action="append", choices=sorted(points.FAULTS), help="only this system call"
    )
    parser.add_argument("--scene", choices=SCENES, default="crawl", help="which run is hurt (default crawl)")
    parser.add_argument("--stage", action="append", choices=STAGES, help="only there")
    parser.add_argument(
        "--point", metavar='"EIO write 7"', help="only this one; its folder is kept if it is broken"
    )
    parser.add_argument(
        "--threads", action="store_true", help="with the crawler's real threads; k counts in each"
    )
    parser.add_argument("--schema", default="0004", help="of the archive that is opened (default 0004)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--results", type=Path, metavar="FILE", help="JSON lines, one a point")
    parser.add_argument("--resume", action="store_true", help="leave out what stands in FILE")
    parser.add_argument("--folder", type=Path, help="where broken archives are kept; default: nowhere")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if reason := points.missing():
        print(f"syscalls: {reason}", file=sys.stderr)
        return 2
    home = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="syscalls-", dir=home) as made:
        done = campaign(
            given.folder or Path(made), given, lambda line: print(line, file=sys.stderr, flush=True)
        )
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(one.ru_utime + one.ru_stime for one in used)
    if given.json:
        print(json.dumps({"cpu": seconds, "points": [asdict(one) for one in done.values()]}))
    else:
        print(table(done))
        print(f"{seconds:.0f} CPU seconds, {seconds / max(1, len(done)):.2f} a point")
    return int(any(one.wrong for one in done.values()))


if __name__ == "__main__":
    sys.exit(main())
