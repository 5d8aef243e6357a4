"""The real tasks, but a page may say how it breaks its worker: ``poison-document: hang``.

Handed to a pool in place of ``crawler.workers.tasks``, as any other tasks module.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crawler.workers import tasks as real
from tests.workers import tasks as harm

if TYPE_CHECKING:
    from crawler.model import Extraction, Page

MARK = "poison-document"
#: What a page may ask for → what the pool says of it then.
KINDS = {
    "segfault": "killed by signal 11",
    "exit": "ended by itself with status 3",
    "hang": "over {timeout:g} s",
    "allocate": "out of memory",
}
_HARM: dict[str, Callable[[], str]] = {
    "segfault": harm.segfault,
    "exit": lambda: harm.leave(3),
    "hang": harm.hang,
    "allocate": lambda: harm.allocate(10 * 2**30),
}
_ASKED = re.compile(rf"{MARK}: (\w+)".encode())

read_feed, read_entry = real.read_feed, real.read_entry
draw_qrcode, compare, warm_up = real.draw_qrcode, real.compare, real.warm_up


def read_page(page: Page, *arguments: Any) -> Extraction:
    """Do as the page says, or read it."""
    if asked := _ASKED.search(page.body):
        _HARM[asked[1].decode()]()
    return real.read_page(page, *arguments)
