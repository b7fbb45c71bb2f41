"""A repository's own configuration may name programs: reading it runs none of them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from modelowners.connectors.git import GitChanges, landed
from modelowners.connectors.git.command import GitRefused
from modelowners.connectors.testing import Repository
from modelowners.core.ids import AssetId
from modelowners.core.time import EPOCH

ASSET = AssetId("model:eta")

PROGRAMS = {
    "core.fsmonitor": "{trap}",
    "core.hooksPath": "{hooks}",
    "core.pager": "{trap}",
    "core.editor": "{trap}",
    "core.sshCommand": "{trap}",
    "core.gitProxy": "{trap}",
    "core.askPass": "{trap}",
    "core.alternateRefsCommand": "{trap}",
    "credential.helper": "!{trap}",
    "diff.external": "{trap}",
    "diff.evil.command": "{trap}",
    "diff.evil.textconv": "{trap}",
    "filter.evil.clean": "{trap}",
    "filter.evil.smudge": "{trap}",
    "filter.evil.process": "{trap}",
    "filter.evil.required": "true",
    "merge.evil.driver": "{trap}",
    "gpg.program": "{trap}",
    "gpg.ssh.program": "{trap}",
    "log.showSignature": "true",
    "pager.log": "{trap}",
    "pager.config": "{trap}",
    "pager.diff": "{trap}",
    "alias.log": "!{trap}",
    "alias.rev-parse": "!{trap}",
    "remote.origin.url": "ext::{trap}",
    "remote.origin.uploadpack": "{trap}",
    "remote.origin.promisor": "true",
    "remote.origin.partialclonefilter": "blob:none",
    "protocol.allow": "always",
    "protocol.ext.allow": "always",
    "extensions.partialClone": "origin",
    "core.repositoryFormatVersion": "1",
    "color.ui": "always",
    "diff.noprefix": "true",
    "diff.renames": "copies",
    "log.showRoot": "false",
    "log.diffMerges": "combined",
    "format.pretty": "oneline",
    "i18n.logOutputEncoding": "UTF-16",
    "diff.algorithm": "minimal",
    "core.quotePath": "true",
}
"""Settings that would run something, fetch something or change what is printed."""

HOOKS = (
    "post-index-change",
    "reference-transaction",
    "fsmonitor-watchman",
    "post-checkout",
)


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """Give a program that leaves a mark when it is run."""
    place = tmp_path / "trap"
    place.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\nexit 1\n")
    place.chmod(0o755)
    return place


def sprung(trap: Path) -> bool:
    return (trap.parent / "sprung").exists()


@pytest.fixture
def hostile(repository: Repository, trap: Path) -> Repository:
    """Give a repository that does all it can to have the trap run."""
    repository.commit(
        "signed\n\n-----BEGIN PGP SIGNATURE-----",
        {"train/a": "1\n", ".gitattributes": "* diff=evil filter=evil merge=evil\n"},
        at="2026-06-01T00:00Z",
    )
    repository.commit("two", {"train/a": "2\n"}, at="2026-06-02T00:00Z")
    sign(repository)
    hooks = repository.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in HOOKS:
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)
    for name, value in PROGRAMS.items():
        repository.git("config", name, value.format(trap=trap, hooks=hooks))
    attributes = repository.folder / ".git" / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text("* diff=evil filter=evil\n")
    return repository


def sign(repository: Repository) -> None:
    """Put a signature on the newest commit, so that there is one to verify."""
    raw = repository.git("cat-file", "commit", "HEAD")
    head, _, message = raw.partition("\n\n")
    lines = "-----BEGIN PGP SIGNATURE-----\n \n abcd\n -----END PGP SIGNATURE-----"
    repository.write("raw", f"{head}\ngpgsig {lines}\n\n{message}\n")
    made = repository.git("hash-object", "-t", "commit", "-w", "raw")
    (repository.folder / "raw").unlink()
    repository.git("update-ref", "refs/heads/main", made)


def source(repository: Repository) -> GitChanges:
    return GitChanges(repository.folder, code={ASSET: ["train/"]}, people={})


def test_the_trap_works(hostile: Repository, trap: Path) -> None:
    """Plain git does run the program: the test can fail."""
    with suppress(CalledProcessError):  # the program fails, once it has run
        hostile.git("log", "--ext-diff", "-p")
    assert sprung(trap)


def test_nothing_is_executed(hostile: Repository, trap: Path) -> None:
    batch = source(hostile).read(None, now=EPOCH)
    assert [change.what for change in batch.changes] == ["signed", "two"]
    landed(hostile.folder, [hostile.folder / ".gitattributes"])
    assert not sprung(trap)


def test_configuration_does_not_change_what_is_told(hostile: Repository) -> None:
    first, second = source(hostile).read(None, now=EPOCH).changes
    assert first.diff_text is not None
    assert first.diff_text.startswith("diff --git a/train/a b/train/a\nnew file")
    assert second.diff_text is not None
    assert second.diff_text.endswith("@@ -1 +1 @@\n-1\n+2")


def test_a_missing_object_is_not_fetched(hostile: Repository, trap: Path) -> None:
    blob = hostile.git("rev-parse", "HEAD:train/a")
    (hostile.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitRefused):
        source(hostile).read(None, now=EPOCH)
    assert not sprung(trap)


@pytest.mark.parametrize(
    "path", ["--output=sprung", "; touch sprung", "$(touch sprung)"]
)
def test_a_path_is_only_a_path(
    repository: Repository, path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    repository.commit("odd", {f"{path}/f": "1\n"}, at="2026-06-01T00:00Z")
    odd = GitChanges(repository.folder, code={ASSET: [path]}, people={})
    (change,) = odd.read(None, now=EPOCH).changes
    assert change.path == f"{path}/f"
    assert not (tmp_path / "sprung").exists()


def test_replacement_objects_do_not_rewrite_history(repository: Repository) -> None:
    first = repository.commit("true", {"train/a": "1"}, at="2026-06-01T00:00Z")
    other = repository.commit("false", {"train/a": "2"}, at="2026-06-02T00:00Z")
    repository.git("reset", "-q", "--hard", first)
    repository.git("replace", first, other)
    found = source(repository).read(None, now=EPOCH).changes
    assert [change.what for change in found] == ["true"]
