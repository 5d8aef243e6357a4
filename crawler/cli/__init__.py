"""The command line: one file a command group; every command's work is imported when it runs.

Exit codes: 0 done · 1 done, but something failed or is missing · 2 wrong usage or configuration ·
130 interrupted (Ctrl-C), 143 (SIGTERM).  Errors are one sentence: what, where, what to do; no traceback reaches a user.
"""

from __future__ import annotations

import atexit
import errno
import gc
import io
import os
import sys
from typing import Any, NoReturn

from crawler.cli.misuse import is_misuse, is_question, sentence
from crawler.cli.stop import interruptible
from crawler.errors import ConfigError, CrawlError

_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def main(arguments: list[str] | None = None) -> None:
    """The console script ``crawler``."""
    # What is left goes with the process: nobody need look for garbage in it (0.3 s).
    atexit.register(gc.freeze)
    try:
        with interruptible():
            _run(arguments)
    except CrawlError as error:
        _fail(f"crawler: {error}", 2 if isinstance(error, ConfigError) else 1)
    except KeyboardInterrupt:
        _fail("crawler: interrupted", 130)
    except Exception as error:
        if is_misuse(error):
            _misused(error)
        if isinstance(error, OSError) and _is_of_output(error):
            _drop_output()
            _fail(f"crawler: cannot write the output: {error.strerror}", 1)
        if os.environ.get("CRAWLER_DEBUG"):
            raise
        _fail(f"crawler: a bug: {type(error).__name__}: {error}; CRAWLER_DEBUG=1 shows the traceback", 1)


def main_crawl() -> None:
    """The console script ``crawl``: the short name of ``crawler crawl``."""
    main(["crawl", *sys.argv[1:]])


def _run(arguments: list[str] | None) -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter shows its number; titles know every script.
            stream.reconfigure(errors="backslashreplace")
    from crawler.cli.root import tree

    try:
        code = tree()(args=arguments, prog_name="crawler", standalone_mode=False)
    finally:
        _flush()
    sys.exit(code)


def _flush() -> None:
    """Here, where a full disk can still be told; a reader that went away (head, less) is no error of ours."""
    try:
        if sys.stdout is not None:  # it is, where the caller closed it
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()


def _misused(error: Any) -> NoReturn:
    if is_question(error):
        error.show()
        sys.exit(2)
    _fail(sentence(error), 2)


def _is_of_output(error: OSError) -> bool:
    """Whether standard output could not be written: the doors raise failures of their own for the rest."""
    return error.errno in _UNWRITABLE and error.filename is None


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> NoReturn:
    from crawler.report.text import safe  # an error may quote foreign text

    print(safe(message), file=sys.stderr)  # noqa: T201
    sys.exit(code)
