"""The log's files of entries, looked at leaf by leaf while the log is verified."""

from __future__ import annotations

from crawler.errors import ArchiveError, LogError
from crawler.logbook import lines
from crawler.logbook.agreement import Misfit
from crawler.logbook.contract import Files
from crawler.logbook.lines import Line, Span


class Written:
    """Holds one file at a time; leaves are asked for in order."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._spans: list[Span] = []
        self._lines: dict[int, Line] = {}
        self.path: str | None = None  #: of the file that was read last

    async def open(self, size: int) -> list[Misfit]:
        """Look at the names: leaves up to ``size`` must be there; what is wrong with them."""
        self._spans = await lines.spans(self._files)
        return [
            Misfit(kind="file", what=fault, path=lines.ENTRIES) for fault in lines.gaps(self._spans, size)
        ]

    async def line(self, number: int) -> tuple[Line | None, Misfit | None]:
        """A leaf as a file has it, and what is wrong with that file, told once."""
        fault = None
        while self._spans and number >= self._spans[0].first:
            span = self._spans.pop(0)
            if number <= span.last:  # of a quick look, files before its beginning are not read
                fault = await self._load(span) or fault
        return self._lines.get(number), fault

    async def _load(self, span: Span) -> Misfit | None:
        self.path = span.path
        try:
            found = lines.read(span, await self._files.get(span.path))
        except (LogError, ArchiveError) as error:
            return Misfit(kind="file", what=str(error), leaf=span.first, path=span.path)
        self._lines = {line.number: line for line in found}
        return None
