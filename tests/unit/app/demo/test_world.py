"""Building the demo's folder: from kept logs, and never over what is not its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from modelowners.app.demo import build_world, world
from modelowners.app.demo.world import FolderTaken, TrainingFailed, fingerprint, train
from modelowners.core.errors import MissingExtra, StateError

FACTS = {"rows": 3, "onset": "2013-10-29T14:00:00Z"}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Logs as an earlier training left them."""
    kept = tmp_path / "cache" / f"demo-{fingerprint()}"
    for folder, day, text in (
        ("log", "2013-10-28", "calm"),
        ("log", "2013-10-29", "calm"),
        ("faulty", "2013-10-29", "broken"),
        ("outcomes", "2013-10", "late"),
    ):
        (kept / folder).mkdir(parents=True, exist_ok=True)
        (kept / folder / f"{day}.parquet").write_text(text)
    (kept / "facts.json").write_text(json.dumps(FACTS))
    return kept.parent


def logged(folder: Path) -> dict[str, str]:
    """The log's files and what they hold."""
    files = sorted((folder / "logs" / "late-arrival").iterdir())
    return {path.stem: path.read_text() for path in files}


def test_a_faulty_world_differs_from_its_twin_since_the_onset_only(
    tmp_path: Path, cache: Path
) -> None:
    told: list[str] = []
    faulty = build_world(tmp_path / "a", cache=cache, say=told.append)
    calm = build_world(tmp_path / "b", cache=cache, fault=False, say=told.append)
    assert logged(faulty.folder) == {"2013-10-28": "calm", "2013-10-29": "broken"}
    assert logged(calm.folder) == {"2013-10-28": "calm", "2013-10-29": "calm"}
    assert (faulty.fault, calm.fault) == (True, False)
    assert faulty.facts == calm.facts == FACTS
    assert all("kept from an earlier run" in line for line in told)


def test_the_folder_is_a_clean_repository_of_its_history(
    tmp_path: Path, cache: Path
) -> None:
    built = build_world(tmp_path / "a", cache=cache, say=lambda _: None)

    def git(*args: str) -> str:
        done = subprocess.run(
            ["git", "-C", built.folder, *args],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    assert git("status", "--porcelain") == ""
    assert "metric" in git("log", "--format=%s")
    assert built.file.is_file()
    assert "units=metric" in (built.folder / "feeds/weather/fetch.py").read_text()
    build_world(built.folder, cache=cache, fault=False, say=lambda _: None)
    assert "metric" not in git("log", "--format=%s")


def test_a_world_replaces_a_world_and_nothing_else(tmp_path: Path, cache: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "thesis.txt").write_text("years of work")
    with pytest.raises(FolderTaken, match="not a demo world"):
        build_world(own, cache=cache, say=lambda _: None)
    assert (own / "thesis.txt").read_text() == "years of work"
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(FolderTaken):
        build_world(file, cache=cache, say=lambda _: None)
    empty = tmp_path / "empty"
    empty.mkdir()
    for _ in range(2):
        built = build_world(empty, cache=cache, say=lambda _: None)
        (empty / "old").write_text("left over")
    assert built.file.is_file()


def test_a_failed_training_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "broken.py"
    script.write_text("raise SystemExit('no such data')")
    monkeypatch.setattr(world, "SCRIPT", script)
    with pytest.raises(TrainingFailed, match="no such data"):
        train(tmp_path / "cache", say=lambda _: None)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_training_is_kept_by_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "quick.py"
    body = (
        "import pathlib, sys; pathlib.Path(sys.argv[1], 'facts.json').write_text('{}')"
    )
    script.write_text(body)
    monkeypatch.setattr(world, "SCRIPT", script)
    told: list[str] = []
    first = train(tmp_path / "cache", say=told.append)
    assert train(tmp_path / "cache", say=told.append) == first
    assert len(told) == 2
    script.write_text(body + " # changed")
    assert train(tmp_path / "cache", say=told.append) != first


def test_without_the_extra_the_install_line_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "NEEDED", {"nowhere": "no_such_module_at_all"})
    with pytest.raises(MissingExtra, match=r"pip install 'modelowners\[demo\]'"):
        train(tmp_path, say=lambda _: None)


def test_without_git_it_says_so(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StateError, match="git is not installed"):
        build_world(tmp_path / "a", cache=cache, say=lambda _: None)
    # The half-built folder is still recognised as the demo's own.
    monkeypatch.undo()
    assert build_world(tmp_path / "a", cache=cache, say=lambda _: None).file.is_file()
