"""Standard output and standard error, as everything that is shown is written to them."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class Screen(Console):
    """One of the two; ``stderr``: which."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(highlight=False, stderr=stderr)

    def on_broken_pipe(self) -> None:
        """Nobody reads any more (``head``, ``less``): what is done is done to its end all the same, in silence.

        The library would end the process here, in the middle of a backup whose progress was piped.
        """
        self.quiet = True
        stream, nowhere = (sys.stderr if self.stderr else sys.stdout), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def screens() -> tuple[Screen, Screen]:
    """Both: results go to the first, what is said to a person to the second."""
    return Screen(), Screen(stderr=True)
