"""A desk with an open incident; its client calls the application in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_desks import PageDesk


@pytest.fixture
def desk(tmp_path: Path) -> PageDesk:
    made = PageDesk(tmp_path).still()
    made.open()
    return made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let event loops have their pair of sockets; nothing is listened to."""
    for item in items:
        if "unit/server" in item.path.as_posix():
            item.add_marker(pytest.mark.loopback)
