from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modelowners.connectors.git import command
from modelowners.connectors.git.command import GitMissing, GitRefused
from modelowners.connectors.testing import Repository
from modelowners.core.errors import InputError


def test_output_and_input(repository: Repository) -> None:
    told = command.run(repository.folder, "hash-object", "--stdin", given=b"hello\n")
    assert told == b"ce013625030ba8dba906f756967f9e9ca394464a\n"


def test_lines_are_bounded(repository: Repository) -> None:
    repository.commit("long", {"f": "x" * 200_000}, at="2026-06-01T00:00Z")
    pieces = list(command.lines(repository.folder, "show", "HEAD:f"))
    assert b"".join(pieces) == b"x" * 200_000
    assert max(map(len, pieces)) <= 64 * 1024


def test_a_reader_that_stops_early_leaves_no_process(repository: Repository) -> None:
    repository.commit("long", {"f": "x\n" * 500_000}, at="2026-06-01T00:00Z")
    stream = command.lines(repository.folder, "show", "HEAD:f")
    assert next(iter(stream)) == b"x\n"
    del stream  # pytest fails on a process left behind: warnings are errors


def test_a_refusal_says_where_and_why(tmp_path: Path) -> None:
    with pytest.raises(GitRefused, match="not a git repository") as caught:
        command.run(tmp_path, "status")
    assert str(tmp_path) in str(caught.value)
    assert isinstance(caught.value, InputError)


def test_an_absent_folder(tmp_path: Path) -> None:
    with pytest.raises(GitRefused):
        command.run(tmp_path / "absent", "status")


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissing, match="install it"):
        command.run(tmp_path, "status")
    assert command.acting_email(tmp_path) is None


def test_a_call_that_hangs_is_stopped(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent), prepend=":")
    monkeypatch.setattr(command, "SECONDS", 0.2)
    with pytest.raises(GitRefused, match="took longer"):
        command.run(repository.folder, "status")


def test_the_callers_git_variables_are_not_handed_on(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    found = command.run(repository.folder, "rev-parse", "--absolute-git-dir")
    assert found.decode().strip() == str((repository.folder / ".git").resolve())


def test_whose_address_git_would_sign_with(repository: Repository) -> None:
    assert command.acting_email(repository.folder) is None
    repository.git("config", "user.email", "ana@example.org")
    assert command.acting_email(repository.folder) == "ana@example.org"


def test_a_repository_of_another_user_is_read(repository: Repository) -> None:
    """git itself distrusts such a folder; what it fears is switched off here."""
    commit = repository.commit("one", {"f": "1"}, at="2026-06-01T00:00Z")
    try:
        subprocess.run(["chown", "-R", "12345", repository.folder], check=True)
    except subprocess.CalledProcessError:
        pytest.skip("only root can give files away")
    found = command.run(repository.folder, "rev-parse", "HEAD")
    assert found.decode().strip() == commit
