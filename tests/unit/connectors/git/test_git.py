from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelowners.catalog import load
from modelowners.connectors.git import (
    NO_COMMIT,
    REWRITTEN,
    SHALLOW,
    GitChanges,
    change_sources,
    landed,
)
from modelowners.connectors.git.history import MAX_DIFF
from modelowners.connectors.testing import Repository
from modelowners.connectors.transport import Outside
from modelowners.core.ids import AssetId
from modelowners.core.time import parse_instant
from modelowners.ledger.changes import Change, ChangeKind, Digest, Strength, Who
from modelowners.ledger.ports import Batch

ETA, WEATHER = AssetId("model:eta"), AssetId("dataset:weather")
CODE = {ETA: ("train/",), WEATHER: ("feeds/weather/",)}
PEOPLE = {"ann@example.org": "ann", "bo@example.org": "bo"}
NOW = parse_instant("2027-01-01")
AT = "2026-06-0{}T12:00:00Z"


def source(repository: Repository, **changed: object) -> GitChanges:
    options = {"code": CODE, "people": PEOPLE} | changed
    return GitChanges(repository.folder, **options)  # type: ignore[arg-type]  # by name


def read(repository: Repository, cursor: str | None = None) -> Batch:
    return source(repository).read(cursor, now=NOW)


def only(repository: Repository) -> Change:
    (change,) = read(repository).changes
    return change


def test_a_commit_becomes_a_change(repository: Repository) -> None:
    repository.commit("base", {"README": "hello"}, at=AT.format(1))
    commit = repository.commit(
        "Fit deeper trees\n\nThe old ones were shallow.",
        {"train/fit.py": "depth = 6\n"},
        at=AT.format(2),
        by="Bo <Bo@Example.org>",
    )
    change = only(repository)
    assert (change.kind, change.asset) == (ChangeKind.CODE, ETA)
    assert change.what == "Fit deeper trees"
    assert change.why == "The old ones were shallow."
    assert change.occurred_at == parse_instant(AT.format(2))
    assert change.recorded_at == NOW
    assert change.who == Who("bo", "Bo <Bo@Example.org>", "author")
    assert (change.commit, change.path) == (commit, "train/fit.py")
    assert (change.source.connector, change.source.key) == ("git", commit)
    assert change.diff_text is not None
    assert change.diff_text.endswith("+depth = 6")


def test_who_is_never_guessed(repository: Repository) -> None:
    repository.commit(
        "x", {"train/f": "1"}, at=AT.format(1), by="ann <ann@elsewhere.org>"
    )
    assert only(repository).who == Who(None, "ann <ann@elsewhere.org>", "author")


def test_one_change_for_each_asset(repository: Repository) -> None:
    repository.commit(
        "both",
        {"train/f": "1\n", "feeds/weather/g": "2\n", "feeds/other": "3\n"},
        at=AT.format(1),
    )
    weather, eta = read(repository).changes
    assert (weather.asset, eta.asset) == (WEATHER, ETA)
    assert weather.id != eta.id
    assert weather.diff_text is not None
    assert "feeds/weather/g" in weather.diff_text
    assert "train/f" not in weather.diff_text
    assert "feeds/other" not in weather.diff_text


@pytest.mark.parametrize(
    ("path", "before", "after", "kind", "values"),
    [
        (
            "train/requirements.txt",
            "numpy==1.26\nscipy==1.15\n",
            "numpy==2.1\npandas==3.0\nscipy==1.15\n",
            ChangeKind.DEPENDENCY,
            ({"numpy": "==1.26"}, {"numpy": "==2.1", "pandas": "==3.0"}),
        ),
        (
            "train/params.yaml",
            "tree: {depth: 6, leaves: 31}\n",
            "tree: {depth: 9, leaves: 31}\n",
            ChangeKind.HYPERPARAMETER,
            ({"tree.depth": 6}, {"tree.depth": 9}),
        ),
        (
            "train/params.yaml",
            "a: 1\n",
            ": : not yaml",
            ChangeKind.HYPERPARAMETER,
            ({}, {}),
        ),
        ("train/q.sql", "select 1", "select 2", ChangeKind.CODE, ({}, {})),
    ],
)
def test_kinds_and_values(
    repository: Repository,
    path: str,
    before: str,
    after: str,
    kind: ChangeKind,
    values: tuple[object, object],
) -> None:
    repository.commit("one", {path: before}, at=AT.format(1))
    repository.commit("two", {path: after}, at=AT.format(2))
    change = read(repository).changes[-1]
    assert change.kind is kind
    assert (change.before, change.after) == values
    assert change.diff_text is not None


def test_a_removed_file_has_only_a_before(repository: Repository) -> None:
    repository.commit("one", {"train/params.json": '{"a": 1}'}, at=AT.format(1))
    (repository.folder / "train" / "params.json").unlink()
    repository.commit("two", {}, at=AT.format(2))
    change = read(repository).changes[-1]
    assert (change.before, change.after) == ({"a": 1}, {})


def test_many_values_are_counted(repository: Repository) -> None:
    text = json.dumps({f"p{n:03}": n for n in range(130)})
    repository.commit("one", {"train/params.json": text}, at=AT.format(1))
    after = only(repository).after
    assert len(after) == 101
    assert after["…"] == "and 30 more"


def test_code_beside_a_lock_is_two_changes(repository: Repository) -> None:
    files = {"train/requirements.txt": "numpy==2\n", "train/fit.py": "x\n"}
    repository.commit("one", dict(files), at=AT.format(1))
    code, lock = sorted(read(repository).changes, key=lambda c: c.kind)
    assert (code.kind, code.path) == (ChangeKind.CODE, "train/fit.py")
    assert (code.after, code.source.key) == ({}, code.commit)
    assert (lock.kind, lock.after) == (ChangeKind.DEPENDENCY, {"numpy": "==2"})
    assert lock.source.key == f"{lock.commit}/dependency"
    assert (code.what, code.occurred_at) == (lock.what, lock.occurred_at)


def test_data_of_dvc_is_told_exactly(repository: Repository) -> None:
    pointer = "outs:\n- md5: {}\n  size: 10\n  hash: md5\n  path: t.csv\n"
    repository.commit("a", {"train/t.csv.dvc": pointer.format("aa")}, at=AT.format(1))
    repository.commit("b", {"train/t.csv.dvc": pointer.format("bb")}, at=AT.format(2))
    change = max(read(repository).changes, key=lambda c: c.what)
    assert change.kind is ChangeKind.TRAINING_DATA
    assert (change.before, change.after) == ({"t.csv": "md5:aa"}, {"t.csv": "md5:bb"})
    assert change.identity is not None
    assert change.identity.before == Digest("aa", "md5", Strength.EXACT)
    assert change.identity.verdict == "changed"


def test_a_merge_counts_when_it_lands_and_names_who_wrote(
    repository: Repository,
) -> None:
    repository.commit("base", {"README": "1"}, at=AT.format(1))
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit(
        "work", {"train/f": "1"}, at=AT.format(2), by="Bo <bo@example.org>"
    )
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "Land it", "topic", at=AT.format(5))
    change = only(repository)
    assert change.what == "Land it"
    assert change.occurred_at == parse_instant(AT.format(5))
    assert change.who.person == "bo"


def test_a_merge_of_many_authors_names_no_one_person(repository: Repository) -> None:
    repository.commit("base", {"README": "1"}, at=AT.format(1))
    repository.git("checkout", "-q", "-b", "topic")
    for by in ("Bo <bo@example.org>", "Ann <ann@example.org>"):
        repository.commit("work", {f"train/{by[:2]}": "1"}, at=AT.format(2), by=by)
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "Land it", "topic", at=AT.format(5))
    who = only(repository).who
    assert who.person is None
    assert who.raw == "Ann <ann@example.org>, Bo <bo@example.org>"


def test_a_huge_difference_is_cut_and_says_so(repository: Repository) -> None:
    repository.commit("huge", {"train/f": "é line\n" * 100_000}, at=AT.format(1))
    text = only(repository).diff_text
    assert text is not None
    assert text.endswith("\n[cut after 256 KiB]")
    assert len(text.encode()) <= MAX_DIFF + 32


def test_foreign_text_becomes_one_bounded_line(repository: Repository) -> None:
    subject = "\x1b[31mred\x07\u202e " + "x" * 300
    repository.commit(subject, {"train/f": "1"}, at=AT.format(1))
    what = only(repository).what
    assert what.isprintable()
    assert len(what) == 200


def test_reading_goes_on_where_it_ended(repository: Repository) -> None:
    for n in (1, 2):
        repository.commit(f"c{n}", {"train/f": f"{n}"}, at=AT.format(n))
    first = read(repository)
    assert [change.what for change in first.changes] == ["c1", "c2"]
    assert read(repository, first.cursor).changes == ()
    repository.commit("c3", {"train/f": "3"}, at=AT.format(3))
    repository.commit("c4", {"README": "no code of ours"}, at=AT.format(4))
    second = read(repository, first.cursor)
    assert [change.what for change in second.changes] == ["c3"]
    assert read(repository, second.cursor).cursor == second.cursor


def test_batches_are_bounded(repository: Repository) -> None:
    for n in range(1, 6):
        repository.commit(f"c{n}", {"train/f": f"{n}"}, at=AT.format(n))
    reader = source(repository, batch_size=2)
    told, cursor, last = [], None, False
    while not last:
        batch = reader.read(cursor, now=NOW)
        told.append([change.what for change in batch.changes])
        cursor, last = batch.cursor, batch.last
    assert told == [["c1", "c2"], ["c3", "c4"], ["c5"]]


def test_other_paths_mean_reading_all_again(repository: Repository) -> None:
    repository.commit("c1", {"train/f": "1", "eval/f": "1"}, at=AT.format(1))
    cursor = read(repository).cursor
    more = source(repository, code={ETA: ("train/", "eval/")})
    assert [change.what for change in more.read(cursor, now=NOW).changes] == ["c1"]


@pytest.mark.parametrize(
    "cursor", ["", "{", "[]", "null", '{"tip": 3}', '{"tip": "--output=x"}']
)
def test_a_senseless_cursor_means_to_start_afresh(
    repository: Repository, cursor: str
) -> None:
    repository.commit("c1", {"train/f": "1"}, at=AT.format(1))
    assert len(read(repository, cursor).changes) == 1


def test_rewritten_history_is_read_from_where_it_parts(
    repository: Repository,
) -> None:
    repository.commit("c1", {"train/f": "1"}, at=AT.format(1))
    repository.commit("c2", {"train/f": "2"}, at=AT.format(2))
    cursor = read(repository).cursor
    repository.git("reset", "-q", "--hard", "HEAD~1")
    repository.commit("c2 again", {"train/f": "2b"}, at=AT.format(3))
    batch = read(repository, cursor)
    assert [change.what for change in batch.changes] == ["c2 again"]
    assert batch.notes == (REWRITTEN,)
    assert read(repository, batch.cursor).notes == ()


def test_history_without_a_common_commit_is_read_whole(
    repository: Repository,
) -> None:
    repository.commit("c1", {"train/f": "1"}, at=AT.format(1))
    cursor = read(repository).cursor
    repository.git("checkout", "-q", "--orphan", "new")
    repository.commit("fresh start", {"train/f": "2"}, at=AT.format(3))
    batch = read(repository, cursor)
    assert [change.what for change in batch.changes] == ["fresh start"]
    assert batch.notes == (REWRITTEN,)


def test_a_shallow_clone_states_its_floor(
    repository: Repository, tmp_path: Path
) -> None:
    for n in (1, 2, 3):
        repository.commit(f"c{n}", {"train/f": f"{n}"}, at=AT.format(n))
    copy = tmp_path / "copy"
    url = f"file://{repository.folder}"
    repository.git("clone", "-q", "--depth", "2", url, str(copy))
    clone = Repository(copy)
    batch = read(clone)
    # c2 is there, but what it changed is not known: it must not seem to add all.
    assert [change.what for change in batch.changes] == ["c3"]
    assert batch.floor == parse_instant(AT.format(2))
    assert batch.notes == (SHALLOW,)
    again = read(clone, batch.cursor)
    assert (again.changes, again.floor) == ((), batch.floor)
    clone.git("fetch", "-q", "--unshallow")
    deep = read(clone, batch.cursor)
    assert [change.what for change in deep.changes] == ["c1", "c2", "c3"]
    assert (deep.floor, deep.notes) == (None, ())


def test_a_repository_without_commits(repository: Repository) -> None:
    batch = read(repository)
    assert (batch.changes, batch.last, batch.notes) == ((), True, (NO_COMMIT,))
    repository.commit("c1", {"train/f": "1"}, at=AT.format(1))
    assert len(read(repository, batch.cursor).changes) == 1


def test_paths_start_at_the_ownership_file(repository: Repository) -> None:
    repository.commit("c1", {"ml/train/f": "1", "train/f": "1"}, at=AT.format(1))
    below = GitChanges(repository.folder / "ml", code=CODE, people={})
    (change,) = below.read(None, now=NOW).changes
    assert change.path == "ml/train/f"


CATALOG = """\
version: 1
people:
  ann: {email: [Ann@Example.org, ann@home.org]}
teams: {ml: {lead: ann, members: [ann]}}
owns:
  model:eta: {owner: ml, code: [train/]}
  model:*: {owner: ml}
"""


def test_the_catalog_says_which_paths_and_people(repository: Repository) -> None:
    repository.commit(
        "c1", {"train/f": "1", "modelowners.yaml": CATALOG}, at=AT.format(1)
    )
    catalog = load(repository.folder / "modelowners.yaml")
    (found,) = change_sources(catalog, Outside())
    (change,) = found.read(None, now=NOW).changes
    assert (change.asset, change.who.person) == (ETA, "ann")


def test_without_code_there_is_no_source(tmp_path: Path) -> None:
    place = tmp_path / "modelowners.yaml"
    place.write_text(CATALOG.replace(", code: [train/]", ""))
    assert change_sources(load(place), Outside()) == ()


def test_which_commit_brought_the_file(repository: Repository, tmp_path: Path) -> None:
    file = repository.folder / "modelowners.yaml"
    commit = repository.commit("c", {"modelowners.yaml": CATALOG}, at=AT.format(1))
    assert landed(file.parent, [file]) == (commit, parse_instant(AT.format(1)))
    file.write_text(CATALOG + "# changed\n")
    assert landed(file.parent, [file]) is None
    assert landed(tmp_path, [tmp_path / "absent"]) is None
