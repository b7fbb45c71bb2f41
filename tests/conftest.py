"""What every test shares: no outgoing sockets, Hypothesis profiles, shared data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from postgres_worlds import Server, server

TESTS = Path(__file__).parent
LOOPBACK = ["127.0.0.1", "::1"]
KEPT = ("MODELOWNERS_SHARED", "MODELOWNERS_HYPOTHESIS")

# The same examples on every run: a red test is red for everyone. `slow` draws
# many more (MODELOWNERS_HYPOTHESIS=slow); on shared machines deadlines lie.
settings.register_profile(
    "fast",
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("slow", settings.get_profile("fast"), max_examples=10_000)
settings.load_profile(os.environ.get("MODELOWNERS_HYPOTHESIS", "fast"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse sockets in unit tests, elsewhere all but this machine's; skip absences."""
    absent = pytest.mark.skip(reason="MODELOWNERS_SHARED names no folder with data")
    for item in items:
        unit = TESTS / "unit" in item.path.parents
        if unit and "loopback" not in item.keywords:
            item.add_marker(pytest.mark.disable_socket)
        else:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
        if "taxi" in item.keywords and _shared_folder() is None:
            item.add_marker(absent)


def _shared_folder() -> Path | None:
    named = os.environ.get("MODELOWNERS_SHARED")
    folder = Path(named) if named else None
    return folder if folder is not None and (folder / "data").is_dir() else None


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start every test without the settings and the git of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("MODELOWNERS_") and name not in KEPT:
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def shared() -> Path:
    """Give the folder of large data; the test is skipped where there is none."""
    folder = _shared_folder()
    if folder is None:
        pytest.skip("MODELOWNERS_SHARED names no folder with data")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the repository's root."""
    return TESTS.parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Run a PostgreSQL server, one for all workers of a run."""
    with server(os.environ.get("PYTEST_XDIST_TESTRUNUID")) as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give where a state may be made: a file, and a database of a server."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    postgres: Server = request.getfixturevalue("postgres")
    return postgres.fresh()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """
    Compare text with the file of that name in ``goldens`` beside the test.

    With GOLDEN=write in the environment the file is written instead, to be
    reviewed as code.
    """
    folder = request.path.parent / "goldens"

    def compare(name: str, text: str) -> None:
        place = folder / name
        if os.environ.get("GOLDEN") == "write":
            place.write_text(text, encoding="utf-8")
        assert text == place.read_text(encoding="utf-8"), f"{place} differs"

    return compare
