from __future__ import annotations

import logging
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent

import pytest

from modelowners.connectors.registry import GROUP, Connectors, UnknownConnector


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connectors:
    """Two strangers: one that works, one that is broken."""
    (tmp_path / "stranger_good.py").write_text("seen = []\n")
    (tmp_path / "stranger_bad.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return Connectors(
        (
            point("good", "stranger_good"),
            point("bad", "stranger_bad"),
            point("absent", "stranger_absent"),
            point("thing", "stranger_good:seen"),
        )
    )


def test_ours_are_installed() -> None:
    assert {"git", "console", "email", "file"} <= set(Connectors().names())


def test_names_import_nothing() -> None:
    code = dedent("""
        import sys
        from modelowners.connectors.registry import Connectors
        Connectors().names()
        print([m for m in sys.modules if m.startswith("modelowners.connectors.")])
    """)
    told = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert told.strip() == "['modelowners.connectors.registry']"


def test_a_working_one_is_loaded_once(plugins: Connectors) -> None:
    found = plugins.load("good")
    assert found is not None
    assert found.__name__ == "stranger_good"
    assert plugins.load("good") is found


@pytest.mark.parametrize("name", ["bad", "absent", "thing"])
def test_a_broken_one_is_one_warning(
    plugins: Connectors, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert plugins.load(name) is None
        assert plugins.load(name) is None
    (warning,) = caplog.messages
    assert f'connector "{name}"' in warning
    assert "left out" in warning
    assert plugins.load("good") is not None


def test_an_unknown_one_names_the_nearest(plugins: Connectors) -> None:
    with pytest.raises(UnknownConnector, match='did you mean "good"'):
        plugins.load("goood")


def test_a_stranger_does_not_replace_ours(plugins: Connectors) -> None:
    both = Connectors(
        (point("git", "stranger_good"), point("git", "modelowners.connectors.git"))
    )
    found = both.load("git")
    assert found is not None
    assert found.__name__ == "modelowners.connectors.git"
