"""Documents made to hurt a parser, each read in a process of its own.

``python -m tests.feeds.hostile [NAME]…`` reads some or all and prints a JSON line of each: what came of it, what it cost, and
which files and sockets it opened.  ``HOSTILE_SCALE=0.1`` in the environment makes the largest ones smaller.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from crawler.errors import NotAFeed
from crawler.feeds import parse
from tests.feeds.samples import atom, item, rss

MB = round(1_000_000 * float(os.environ.get("HOSTILE_SCALE", "1")))
SECRET = "/proc/self/status"
UNREACHABLE = "http://127.0.0.1:9/hostile.dtd"


def _chained(count: int) -> str:
    links = "".join(f"<!ENTITY e{number} '&e{number - 1};'>" for number in range(1, count))
    return f"<!DOCTYPE rss [<!ENTITY e0 'x'>{links}]>" + rss(
        item(1, f"<description>&e{count - 1};</description>")
    )


def _laughs() -> str:
    levels = "".join(f"<!ENTITY l{level} '{f'&l{level - 1};' * 10}'>" for level in range(1, 10))
    return f"<!DOCTYPE rss [<!ENTITY l0 'ha'>{levels}]>" + rss("<item><title>ha &l9;</title></item>")


def _quadratic(before: str = "", after: str = "") -> str:
    entity = f"{before}<!DOCTYPE rss [<!ENTITY a '{'x' * 50_000}'>]>"
    return entity + rss(item(1, f"<description>{'&a;' * 20_000}</description>{after}"))


def _external(reference: str) -> str:
    return f"<!DOCTYPE rss {reference}>" + rss("<item><title>a &x; %y; b</title></item>")


def _attributes(before: str = "") -> str:
    return rss(before, "<item " + " ".join(f'a{number}="1"' for number in range(100_000)) + "/>")


def _wide() -> str:
    return rss(("<x " + " ".join(f'a{number}=""' for number in range(250)) + "/>") * 500)


def _nested(before: str = "", depth: int = 200_000) -> str:
    return rss(before, "<a>" * depth)


def _lenient() -> str:
    return rss(
        "<b></i>", item(1, "<description>word &lt;b&gt;w&lt;/b&gt; word</description>") * (30 * MB // 1000)
    )


#: All are refused or read, within the bounds; none may raise anything but NotAFeed.
DOCUMENTS: dict[str, Callable[[], str | bytes]] = {
    "25,000 chained entities": lambda: _chained(25_000),
    "a billion laughs": _laughs,
    "a quadratic entity": _quadratic,
    "a quadratic entity behind a wrong declaration": lambda: _quadratic("<!WRONG>", "<b></i>"),
    "a quadratic entity behind 25,000 words": lambda: _quadratic("word " * 25_000, "<b></i>"),
    "short entities by the million": lambda: (
        "<!DOCTYPE rss [<!ENTITY a '"
        + '"' * 100
        + "'>]>"
        + rss(item(1, f"<description>{'&a;' * MB}</description>"))
    ),
    "an external entity that is a file": lambda: _external(f"[<!ENTITY x SYSTEM 'file://{SECRET}'>]"),
    "an external entity that is a path": lambda: _external(f"[<!ENTITY x SYSTEM '{SECRET}'>]"),
    "an external document type": lambda: _external(f"SYSTEM '{UNREACHABLE}'"),
    "an external parameter entity": lambda: _external(f"[<!ENTITY % y SYSTEM '{UNREACHABLE}'> %y;]"),
    "an inclusion": lambda: rss(
        f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file://{SECRET}'/>", item(1)
    ),
    "a stylesheet": lambda: f"<?xml-stylesheet href='{UNREACHABLE}'?>" + rss(item(1)),
    "a body that spells a path": lambda: SECRET,
    "a body that spells an address": lambda: UNREACHABLE,
    "100,000 attributes": _attributes,
    "100,000 attributes after an error": lambda: _attributes("<b></i>"),
    "250 attributes 500 times": _wide,
    "100,000 namespaces": lambda: rss(
        "".join(f"<x xmlns:n{number}='urn:{number}'/>" for number in range(100_000))
    ),
    "200,000 nested elements": _nested,
    "40,000 categories": lambda: rss(
        item(1, "".join(f"<category>{number}</category>" for number in range(40_000)))
    ),
    "a name of a megabyte": lambda: rss(item(1, f"<author>{'a.' * (MB // 2)}</author>")),
    "100,000 nested elements after an error": lambda: _nested("<b></i>", 100_000),
    "100,000 nested divisions in a text": lambda: rss(
        item(1, f"<description><![CDATA[{'<div>' * 100_000}]]></description>")
    ),
    "elements by the hundred thousand": lambda: rss(item(1), "<b/>" * (MB // 5)),
    "300,000 empty items": lambda: rss("<item/>" * 300_000),
    "megabytes that are wrong from the first item": _lenient,
    "megabytes of ampersands": lambda: rss(item(1, f"<description>{'&' * 10 * MB}</description>")),
    "ampersands alone": lambda: "&" * 3 * MB,
    "megabytes of line ends": lambda: rss(item(1, f"<description>{chr(10) * 10 * MB}</description>")),
    "megabytes of brackets": lambda: rss(item(1, f"<description><![CDATA[{']' * 10 * MB}]]></description>")),
    "megabytes of question marks": lambda: "<?xml " + "?" * 10 * MB,
    "300,000 less-than signs": lambda: rss(item(1), "<" * 300_000),
    "a date of 200,000 digits": lambda: rss(item(1, f"<pubDate>{'1' * 200_000}</pubDate>")),
    "1,500 unreadable dates": lambda: rss(
        *(item(number, "<pubDate>x 11 12 y</pubDate>") for number in range(1500))
    ),
    "3,000 items of one link": lambda: rss(
        *(f"<item><title>{number}</title><link>/x</link></item>" for number in range(3000))
    ),
    "JSON nested 200,000 deep": lambda: (
        '{"version":"https://jsonfeed.org/version/1.1","items":' + "[" * 200_000
    ),
    "JSON with a number of a million digits": lambda: '{"items":[' + "1" * MB + "]}",
    "gzip bytes": lambda: b"\x1f\x8b\x08" + bytes(MB),
    "zero bytes": lambda: bytes(MB),
    "a title of a megabyte": lambda: atom(
        f"<entry><title>{'<b>x</b> &amp;amp; ' * (MB // 20)}</title></entry>"
    ),
    "an attribute of many megabytes": lambda: rss(item(1, f'<enclosure url="/{"a" * 8 * MB}" length="1"/>')),
    "an attribute of many line ends": lambda: rss(f'<image a="{chr(10) * 8 * MB}"/>', item(1)),
}


def _read(name: str) -> dict[str, Any]:
    built = DOCUMENTS[name]()
    body = built if isinstance(built, bytes) else built.encode()
    opened: list[str] = []
    sys.addaudithook(lambda event, arguments: _watch(event, arguments, opened))
    start = time.process_time()
    try:
        document = parse(body, url="https://wire.example/feed", feed_name="brightwater")
        outcome, shown = "read", repr(document.entries)[:20_000]
    except NotAFeed as refusal:
        outcome, shown = "refused", str(refusal)
    except BaseException as error:
        outcome, shown = "raised", repr(error)
    return {
        "outcome": outcome,
        "shown": shown,
        "cpu": time.process_time() - start,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "opened": list(opened),
    }


def _watch(event: str, arguments: tuple[Any, ...], opened: list[str]) -> None:
    modules = event == "open" and str(arguments[0]).endswith((".py", ".pyc", ".so"))
    if event.startswith(("open", "socket.", "urllib.", "subprocess.")) and not modules:
        opened.append(f"{event} {arguments[:2]}")


def main() -> None:
    """Fork for each document, so that each has its own peak of memory and cannot spoil the next."""
    parse(rss(item(1)).encode(), url="")  # what is imported on first use is imported
    resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9))
    for name in sys.argv[1:] or DOCUMENTS:
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (15, 15))
            answer = _read(name)
            print(json.dumps({"name": name, **answer}), flush=True)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
