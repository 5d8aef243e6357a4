"""The command line: one file a command group; every command's work is imported when it runs.

Exit codes: 0 done · 1 done, but something failed or is missing · 2 wrong usage or configuration ·
130 interrupted.  Errors are one sentence: what, where, what to do; no traceback reaches a user.
"""

from __future__ import annotations

import os
import sys

from crawler.errors import ConfigError, CrawlError


def main(arguments: list[str] | None = None) -> None:
    """The console script ``crawler``."""
    from crawler.cli.root import application

    try:
        application(args=arguments, prog_name="crawler")
    except CrawlError as error:
        _fail(f"crawler: {error}", 2 if isinstance(error, ConfigError) else 1)
    except KeyboardInterrupt:
        _fail("crawler: interrupted", 130)
    except BrokenPipeError:
        # The reader of our output (head, less) went away: not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("CRAWLER_DEBUG"):
            raise
        _fail(f"crawler: a bug: {type(error).__name__}: {error}; CRAWLER_DEBUG=1 shows the traceback", 1)


def main_crawl() -> None:
    """The console script ``crawl``: the short name of ``crawler crawl``."""
    main(["crawl", *sys.argv[1:]])


def _fail(message: str, code: int) -> None:
    print(message, file=sys.stderr)  # noqa: T201
    sys.exit(code)
