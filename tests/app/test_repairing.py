"""In what order repair mends."""

from __future__ import annotations

from crawler.app.repairing import _once
from crawler.model import Finding


def test_d48_rows_are_indexed_again_before_the_files_that_are_found_by_them() -> None:
    codes = ("F102", "F208", "F308", "F212", "F202")
    found = [Finding(code=code, severity="error", what="", where=code, cure="") for code in codes]
    assert [one.code for one in _once(found)] == ["F212", "F308", "F208", "F202", "F102"]
