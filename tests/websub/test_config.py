"""``[websub]``: off unless asked for, and wrong values are explained."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from crawler.config import WebSubConfig


def test_without_a_callback_there_is_no_websub_and_by_default_only_loopback_is_bound() -> None:
    assert WebSubConfig().callback is None
    assert WebSubConfig().address == ("127.0.0.1", 8787)
    assert WebSubConfig().lease == timedelta(days=10)


def test_addresses_are_put_into_one_form() -> None:
    assert (
        WebSubConfig(callback="https://crawler.example/websub").callback == "https://crawler.example/websub/"
    )
    assert WebSubConfig(listen="[::1]:80").address == ("::1", 80)
    assert WebSubConfig(listen="0.0.0.0:0").address == ("0.0.0.0", 0)


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        ({"callback": "crawler.example"}, "begins with http"),
        ({"callback": "https://crawler.example/?x=y"}, "without user name, query and fragment"),
        ({"callback": "https://me:secret@crawler.example/"}, "without user name"),
        ({"listen": "8787"}, "write host and port"),
        ({"listen": "127.0.0.1:99999"}, "write host and port"),
        ({"listen": "127.0.0.1:http"}, "write host and port"),
        ({"lease": "1m"}, "between 1h and 30d"),
        ({"lease": "31d"}, "between 1h and 30d"),
    ],
)
def test_a_wrong_value_names_its_cure(wrong: dict[str, Any], cure: str) -> None:
    with pytest.raises(ValidationError, match=cure):
        WebSubConfig(**wrong)
