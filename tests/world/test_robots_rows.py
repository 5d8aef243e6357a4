"""P12: what each answer to robots.txt means for the pages of its host (RFC 9309 §2.3.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crawler.config import WebConfig
from tests.world.house import AGENT
from tests.world.run import Run
from tests.world.server import Host, Reply, Robots
from tests.world.source import Source
from tests.world.test_rules import EVERY_HOUR, Plan

SHUT = b"User-agent: *\nDisallow: /r/\n"


@dataclass(slots=True, kw_only=True)
class Row(Robots):
    """A host whose robots.txt answers by ``how``."""

    how: Callable[[str], Reply] = lambda path: Reply()

    def reply(self, at: float, path: str) -> Reply:
        return self.how(path)


def status(number: int) -> Callable[[str], Reply]:
    return lambda path: Reply(status=number)


def text(body: bytes) -> Callable[[str], Reply]:
    return lambda path: Reply(headers={"content-type": "text/plain"}, body=body)


def failing(failure: str) -> Callable[[str], Reply]:
    return lambda path: Reply(failure=failure, seconds=1e9 if failure == "timeout" else 0.3)


def led(times: int) -> Callable[[str], Reply]:
    """Redirects that often, then forbids."""

    def reply(path: str) -> Reply:
        number = int(path.removeprefix("/robots").removesuffix(".txt") or 0)
        if number == times:
            return Reply(body=SHUT)
        return Reply(status=301, headers={"location": f"/robots{number + 1}.txt"})

    return reply


#: What robots.txt answers → whether pages are asked for.
ROWS: dict[str, tuple[Callable[[str], Reply], bool]] = {
    "200 empty": (text(b""), True),
    "200 allows": (text(b"User-agent: *\nDisallow: /private/\n"), True),
    "200 disallows": (text(SHUT), False),
    "301 five times": (led(5), False),
    "301 six times": (led(6), True),
    "401": (status(401), True),
    "403": (status(403), True),
    "404": (status(404), True),
    "410": (status(410), True),
    "429": (status(429), False),
    "500": (status(500), False),
    "503": (status(503), False),
    "timeout": (failing("timeout"), False),
    "no connection": (failing("refused"), False),
    "cut": (failing("cut"), False),
    "512 KiB and one": (text(SHUT + b"#" * (512 * 1024 + 1 - len(SHUT))), False),
    "byte order mark": (text(b"\xef\xbb\xbf" + SHUT), False),
    "HTML": (text(b"<!doctype html><html><title>Welcome</title></html>"), True),
    "NUL": (text(b"\0\0\n" + SHUT + b"\0"), False),
    "Crawl-delay 99999999": (text(b"User-agent: *\nCrawl-delay: 99999999\n"), False),
}


def test_p12_each_of_twenty_answers_to_robots_txt_means_what_rfc_9309_says(tmp_path: Path) -> None:
    plan = Plan(seed=1, days=0.2)
    for number, (how, _) in enumerate(ROWS.values()):
        host = Host(name=f"h{number}.example", ip=f"11.0.1.{number + 1}", robots=Row(how=how))
        moments = [-3600.0, -1800.0]
        feed = Source(name=f"f{number}", host=host.name, path="/feed.json", moments=moments, links=True)
        host.feeds[feed.path] = feed
        plan.hosts[host.name] = host
        plan.feeds.append(feed)
    run = Run(plan=plan, folder=tmp_path, ceiling=1, poll=EVERY_HOUR, web=WebConfig(user_agent=AGENT))
    run.oracle.findings.recent = type(run.oracle.findings.recent)(maxlen=5000)
    run.go()
    seen = run.oracle.findings.recent
    for number, (name, (_, allowed)) in enumerate(ROWS.items()):
        asked = [each for each in seen if each.host == f"h{number}.example"]
        assert min(asked, key=lambda each: each.at).kind == "robots", name
        assert any(each.kind == "page" for each in asked) == allowed, name
