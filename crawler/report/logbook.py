"""The log of revisions in a terminal: its state, a checked proof, a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crawler.model import Checked, Compared
from crawler.report.listing import Column, Listing
from crawler.report.text import counted

_SEALS = {
    "signed": "signed by {signers}",
    "unsigned": "no signature by the keys that were named",
    "unchecked": "signatures not checked: name the log's public key with --key",
}
_FACTS = (
    ("origin", "log"),
    ("leaves", "leaves"),
    ("head", "newest head"),
    ("root", "its root"),
    ("head_at", "written"),
    ("signed_by", "signed by"),
    ("since_head", "leaves since"),
    ("waiting", "not in it yet"),
    ("key", "public key"),
    ("publish", "proofs published"),
)


def state(found: Mapping[str, Any]) -> Listing:
    """Names and values, line by line."""
    unchecked = ", ".join(found["unchecked"])
    signed = {"signed_by": f"{unchecked} (not checked: no key is known)"} if unchecked else {}
    rows = [{"name": name, "value": _spelled({**found, **signed}[key])} for key, name in _FACTS]
    return Listing(
        columns=(Column(key="name", heading="fact"), Column(key="value", heading="value", flexible=True)),
        rows=rows,
    )


def _spelled(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nobody"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def checked(one: Checked) -> list[str]:
    """A proof that holds, in lines."""
    lines = [
        f"article {one.article}, revision {one.revision} ({one.reason}): {one.title}",
        f"leaf {one.leaf} of {one.size} in the log {one.origin}: the proof holds",
        _SEALS[one.signatures].format(signers=", ".join(one.signed_by)),
    ]
    if one.file == "as logged":
        lines.append("the file is what was logged, byte for byte")
    elif one.file:
        lines.append(f"the file is NOT what was logged (sha256 {one.sha256})")
    return lines


def compared(one: Compared) -> list[str]:
    """An older head against today's log, in lines."""
    seals = {"signed": "its signature is right", "forged": "its signature is FORGED"}
    signed = seals.get(one.signatures, "no key that is known has signed it")
    older = f"the older head of {counted(one.older_size, 'leaf', 'leaves')}"
    if one.consistent:
        return [
            f"consistent: {older} is the beginning of today's log ({counted(one.size, 'leaf', 'leaves')})",
            signed,
        ]
    return [
        f"REWRITTEN: today's log begins otherwise than {older} says (root {one.root}, was {one.older_root})",
        signed,
    ]
