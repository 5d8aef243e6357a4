"""How the processes of a run share its tests: several neighbours at a time, as long as many are left.

pytest-xdist's own way hands out each test by itself, which costs more than most of them do, and looks each time
through all that a process was given before.
"""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling

#: So many tests at most; and so many times each process is still handed some.
LARGEST = 12
TIMES = 40


class Chunks(LoadGroupScheduling):
    """Groups go whole to one process, as there; all others in chunks, the smaller the fewer are left."""

    _chunks: dict[str, str]

    def schedule(self) -> None:
        """Cut into chunks what all processes have collected, once; then as there."""
        if self.collection is None:
            collected = next(iter(self.registered_collections.values()))
            self._chunks = chunks(
                [name for name in collected if super(Chunks, self)._split_scope(name) == name], self.numnodes
            )
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return self._chunks.get(nodeid) or super()._split_scope(nodeid)


def chunks(tests: list[str], processes: int) -> dict[str, str]:
    """To which chunk each test belongs: neighbours to one, and the last ones each to its own."""
    chosen = {}
    begin = 0
    while begin < len(tests):
        size = max(1, min(LARGEST, (len(tests) - begin) // (processes * TIMES)))
        chosen.update(dict.fromkeys(tests[begin : begin + size], f"from {begin}"))
        begin += size
    return chosen
