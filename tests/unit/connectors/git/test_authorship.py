"""Authorship: commits, authors and how much they changed, from real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from modelowners.connectors.git.authorship import GitAuthorship
from modelowners.connectors.git.command import GitRefused


def git(folder: Path, *args: str, date: str = "2026-05-01T12:00:00Z") -> None:
    env = {**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    subprocess.run(["git", *args], cwd=folder, check=True, env=env)


def commit(folder: Path, who: str, day: int, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    author = ["-c", f"user.name={who}", "-c", f"user.email={who.lower()}@x.example"]
    git(folder, *author, "commit", "-qm", "x", date=f"2026-05-{day:02}T12:00:00Z")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main", ".")
    commit(tmp_path, "Ana", 1, a="1", sub__b="1")
    commit(tmp_path, "Bo", 2, a="2")
    commit(tmp_path, "Cy", 3, sub__b="2", sub__c="1", d="1")
    return tmp_path


def test_commits_come_newest_first_with_all_their_files(repository: Path) -> None:
    found = GitAuthorship(repository).touches()
    assert [(touch.name, touch.at.day, touch.files) for touch in found] == [
        ("Cy", 3, 3),
        ("Bo", 2, 1),
        ("Ana", 1, 2),
    ]
    assert found[0].email == "cy@x.example"


def test_paths_narrow_the_commits_but_not_their_files(repository: Path) -> None:
    found = GitAuthorship(repository).touches(["sub"])
    assert [(touch.name, touch.files) for touch in found] == [("Cy", 3), ("Ana", 2)]
    assert GitAuthorship(repository / "sub").touches(["c"])[0].name == "Cy"
    assert GitAuthorship(repository).touches(["gone"]) == ()


def test_merges_do_not_count(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "side", "HEAD~1")
    commit(repository, "Bo", 4, e="1")
    git(repository, "-c", "user.name=M", "-c", "user.email=m@x", "merge", "-q", "main")
    assert "M" not in [touch.name for touch in GitAuthorship(repository).touches()]


def test_a_mailmap_joins_names(repository: Path) -> None:
    mapped = "Ana <ana@x.example> <bo@x.example>\n"
    (repository / ".mailmap").write_text(mapped, encoding="utf-8")
    found = GitAuthorship(repository).touches(["a"])
    assert {touch.email for touch in found} == {"ana@x.example"}


def test_names_that_look_like_options_or_patterns_are_names(repository: Path) -> None:
    (repository / "--output=x").write_text("1", encoding="utf-8")
    (repository / ":(glob)*").write_text("1", encoding="utf-8")
    git(repository, "add", "-A")
    git(
        repository,
        "-c",
        "user.name=D\x1eE",
        "-c",
        "user.email=d@x",
        "commit",
        "-qm",
        "x",
    )
    assert len(GitAuthorship(repository).touches(["--output=x"])) == 1
    assert len(GitAuthorship(repository).touches([":(glob)*"])) == 1
    assert not (repository / "x").exists()


def test_a_repository_without_commits_is_empty_and_none_is_refused(
    tmp_path: Path,
) -> None:
    with pytest.raises(GitRefused):
        GitAuthorship(tmp_path).touches()
    git(tmp_path, "init", "-q", ".")
    assert GitAuthorship(tmp_path).touches() == ()


def test_a_hostile_configuration_runs_nothing(repository: Path) -> None:
    trap = repository / "trap.sh"
    mark = repository.parent / f"{repository.name}-ran"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="utf-8")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "core.pager", "gpg.program"):
        git(repository, "config", key, str(trap))
    git(repository, "config", "log.showSignature", "true")
    (repository / ".git" / "info" / "attributes").write_text(
        "* diff=x\n", encoding="utf-8"
    )
    git(repository, "config", "diff.x.textconv", str(trap))
    assert len(GitAuthorship(repository).touches()) == 3
    assert not mark.exists()
