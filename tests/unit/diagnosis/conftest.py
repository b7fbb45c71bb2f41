"""Worlds with one known fault, each built once for all tests of diagnosis."""

from __future__ import annotations

import pytest
from case_worlds import Bench


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Builds and keeps the cases of little worlds."""
    return Bench(tmp_path_factory.mktemp("worlds"))
