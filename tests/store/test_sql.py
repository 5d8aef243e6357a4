"""``SqlStore`` keeps the contract of the port."""

from __future__ import annotations

from tests.store.contract import StoreContract


class TestSqlStore(StoreContract):
    pass
