from __future__ import annotations

from pathlib import Path

import pytest

from modelowners.connectors.git import history
from modelowners.connectors.git.command import GitRefused
from modelowners.connectors.testing import Repository
from modelowners.core.time import parse_instant

AT = "2026-06-0{}T12:00:00Z"


@pytest.fixture
def line(repository: Repository) -> list[str]:
    """Three commits on main."""
    return [
        repository.commit(
            f"commit {n}", {"a/f": f"{n}\n", "b/f": "b\n"}, at=AT.format(n)
        )
        for n in (1, 2, 3)
    ]


def log(repository: Repository, since: str | None = None) -> tuple[history.Commit, ...]:
    tip = history.tip(repository.folder)
    assert tip is not None
    return history.log(repository.folder, since=since, until=tip, paths=())


def test_an_empty_repository_has_no_tip(repository: Repository) -> None:
    assert history.tip(repository.folder) is None


def test_a_folder_outside_any_repository(tmp_path: Path) -> None:
    with pytest.raises(GitRefused):
        history.tip(tmp_path)


def test_commits_come_oldest_first(repository: Repository, line: list[str]) -> None:
    found = log(repository)
    assert [commit.hash for commit in found] == line
    first, second, _ = found
    assert (first.parents, second.parents) == ((), (line[0],))
    assert first.landed_at == parse_instant(AT.format(1))
    assert (first.author, first.email) == ("Ann", "ann@example.org")
    assert [(f.path, f.status) for f in first.files] == [("a/f", "A"), ("b/f", "A")]
    assert [(f.path, f.status) for f in second.files] == [("a/f", "M")]
    assert second.files[0].before == first.files[0].after
    assert set(first.files[0].before) == {"0"}


def test_only_after_a_commit(repository: Repository, line: list[str]) -> None:
    assert [commit.hash for commit in log(repository, line[1])] == line[2:]


def test_only_some_paths(repository: Repository, line: list[str]) -> None:
    found = history.log(
        repository.folder, since=None, until=line[-1], paths=[":(top,literal)b"]
    )
    assert [commit.hash for commit in found] == line[:1]
    assert [file.path for file in found[0].files] == ["b/f"]


@pytest.mark.parametrize(
    "path",
    [
        "with space",
        "tab\there",
        "line\nbreak",
        'quo"te',
        "ünï",
        "-dash",
        ":(glob)*",
        "\\",
    ],
)
def test_odd_names_come_back(repository: Repository, path: str) -> None:
    repository.commit("odd", {path: "x\n"}, at=AT.format(1))
    (commit,) = log(repository)
    assert [file.path for file in commit.files] == [path]
    texts = history.patches(repository.folder, [commit], paths=())[commit.hash]
    assert texts[path].endswith("+x")


@pytest.mark.parametrize(
    "message",
    [
        "diff --git a/x b/x\n\ndiff --git a/y b/y\n+evil",
        ":100644 100644 000 111 M\n\n:100644",
        "\x1b[31mred\x1b[0m\n\nbody \u202e turned",
        "subject only",
        "é" * 5000,
    ],
)
def test_messages_are_data(repository: Repository, message: str) -> None:
    repository.commit(message, {"f": "1\n"}, at=AT.format(1))
    (commit,) = log(repository)
    subject, _, body = message.partition("\n\n")
    assert commit.subject == subject
    assert commit.body == body.strip()
    assert [file.path for file in commit.files] == ["f"]
    assert list(history.patches(repository.folder, [commit], paths=())) == [commit.hash]


def test_a_file_whose_text_looks_like_a_patch(repository: Repository) -> None:
    text = "diff --git a/z b/z\n--- a/z\n+++ b/z\n@@ -1 +1 @@\n"
    repository.commit("sly", {"f": text, "g": "g\n"}, at=AT.format(1))
    (commit,) = log(repository)
    texts = history.patches(repository.folder, [commit], paths=())[commit.hash]
    assert sorted(texts) == ["f", "g"]
    assert "+diff --git a/z b/z" in texts["f"]


def test_each_file_gets_its_own_patch(repository: Repository) -> None:
    repository.commit("one", {"a": "1\n", "b": b"\0\1", "c": "1\n"}, at=AT.format(1))
    (repository.folder / "a").unlink()
    (repository.folder / "a").symlink_to("c")  # another type: told in two parts
    (repository.folder / "b").chmod(0o755)  # another mode: no lines
    repository.commit("two", {"c": "2\n", "d": ""}, at=AT.format(2))
    commits = log(repository)
    texts = history.patches(repository.folder, commits, paths=())
    first, second = (texts[commit.hash] for commit in commits)
    assert "Binary files" in first["b"]
    assert [file.status for file in commits[1].files] == ["T", "M", "M", "A"]
    assert "deleted file mode 100644" in second["a"]
    assert "new file mode 120000" in second["a"]
    assert "new mode 100755" in second["b"]
    assert second["c"].endswith("-1\n+2")
    assert "new file" in second["d"]


def test_a_huge_patch_is_cut(repository: Repository) -> None:
    repository.commit("huge", {"f": "line\n" * 200_000, "g": "g\n"}, at=AT.format(1))
    (commit,) = log(repository)
    texts = history.patches(repository.folder, [commit], paths=())[commit.hash]
    assert history.MAX_DIFF < len(texts["f"]) <= history.MAX_DIFF + 64 * 1024
    assert texts["g"].endswith("+g")


def merge(repository: Repository) -> history.Commit:
    repository.commit("base", {"f": "1\n"}, at=AT.format(1))
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit("in", {"g": "1\n"}, at=AT.format(2), by="Bo <bo@example.org>")
    repository.commit("in", {"g": "2\n"}, at=AT.format(3), by="Bo <bo@example.org>")
    repository.git("checkout", "-q", "main")
    repository.commit("meanwhile", {"f": "2\n"}, at=AT.format(4))
    repository.git("merge", "-q", "--no-ff", "-m", "land", "topic", at=AT.format(5))
    return log(repository)[-1]


def test_a_merge_shows_what_it_brought(repository: Repository) -> None:
    found = merge(repository)
    assert (found.subject, len(found.parents)) == ("land", 2)
    assert [file.path for file in found.files] == ["g"]
    assert found.landed_at == parse_instant(AT.format(5))
    assert [commit.subject for commit in log(repository)] == [
        "base",
        "meanwhile",
        "land",
    ]


def test_who_wrote_what_a_merge_brought(repository: Repository) -> None:
    found = history.authors_inside(repository.folder, merge(repository))
    assert found == (("Bo", "bo@example.org"),)


def test_branch_and_base(repository: Repository, line: list[str]) -> None:
    repository.git("checkout", "-q", "-b", "topic", line[0])
    other = repository.commit("other", {"z": "z"}, at=AT.format(4))
    assert history.on_branch(repository.folder, line[0], other)
    assert not history.on_branch(repository.folder, line[1], other)
    assert history.merge_base(repository.folder, line[2], other) == line[0]
    assert history.merge_base(repository.folder, "0" * 40, other) is None


def test_contents_by_hash(repository: Repository) -> None:
    repository.commit(
        "x", {"a": b"one\0\n\n", "b": "x" * 500, "c": ""}, at=AT.format(1)
    )
    (commit,) = log(repository)
    blobs = [file.after for file in commit.files]
    wanted = [*blobs, blobs[0], "f" * 40, commit.hash]
    found = history.contents(repository.folder, wanted, limit=100)
    assert found == {blobs[0]: b"one\0\n\n", blobs[2]: b""}


def test_which_commit_brought_a_file(repository: Repository, line: list[str]) -> None:
    folder = repository.folder
    assert history.landed(folder, ["a/f"]) == (line[2], parse_instant(AT.format(3)))
    assert history.landed(folder, ["b/f"]) == (line[0], parse_instant(AT.format(1)))
    repository.write("b/f", "changed")
    assert history.landed(folder, ["b/f"]) is None
    repository.write("new", "new")
    assert history.landed(folder, ["new"]) is None
    with pytest.raises(GitRefused):
        history.landed(folder, ["absent"])


def test_a_full_clone_has_no_floor(repository: Repository, line: list[str]) -> None:
    assert history.shallow_cut(repository.folder) == frozenset()
    assert history.floor(repository.folder, cut=frozenset(), tip=line[-1]) is None


def test_a_shallow_clone_has_one(
    repository: Repository, line: list[str], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    repository.git(
        "clone", "-q", "--depth", "2", f"file://{repository.folder}", str(copy)
    )
    cut = history.shallow_cut(copy)
    assert cut == {line[1]}
    assert history.floor(copy, cut=cut, tip=line[2]) == parse_instant(AT.format(2))


def test_the_folder_below_the_root(repository: Repository, line: list[str]) -> None:
    assert history.prefix(repository.folder) == ""
    assert history.prefix(repository.folder / "a") == "a/"


def test_a_commit_of_no_date(repository: Repository) -> None:
    repository.commit("x", {"f": "1"}, at=AT.format(1))
    tree = repository.git("rev-parse", "HEAD^{tree}")
    raw = (
        f"tree {tree}\nauthor A <a@x> 99999999999999 +0000\n"
        "committer A <a@x> 99999999999999 +0000\n\nfar future\n"
    )
    repository.write("raw", raw)
    made = repository.git("hash-object", "-t", "commit", "-w", "raw")
    found = history.log(repository.folder, since=None, until=made, paths=())
    assert [(one.subject, one.landed_at) for one in found] == [("far future", None)]
