"""The raw-socket origin of the web door's tests."""

from __future__ import annotations

from tests.web.conftest import origin

__all__ = ["origin"]
