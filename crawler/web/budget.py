"""How many tries after the first there may be, over all hosts together: a token bucket."""

from __future__ import annotations

RESERVE = 20.0  #: tries that may follow one another whatever was asked before


class Budget:
    """Every request earns a share of a further try; when half the world fails, none is left soon.

    Then a visit ends with its failure, and the due times across visits take over.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._tokens = RESERVE

    def earn(self) -> None:
        """A visit begins."""
        self._tokens = min(RESERVE, self._tokens + self._share)

    def spend(self) -> bool:
        """Whether one more try may be made."""
        if self._tokens < 1 - 1e-9:  # ten tenths are one
            return False
        self._tokens -= 1
        return True
