"""A desk with an open incident, its logs read before."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_desks import PageDesk


@pytest.fixture
def desk(tmp_path: Path) -> PageDesk:
    made = PageDesk(tmp_path).still()
    made.open()
    return made


@pytest.fixture
def quiet(tmp_path: Path) -> PageDesk:
    """Nothing has happened yet, and no log was read."""
    return PageDesk(tmp_path)
