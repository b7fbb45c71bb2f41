"""The demo's history: the same commits everywhere, one of them guilty."""

from __future__ import annotations

import ast
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from modelowners.app.demo.history import (
    GUILTY,
    ONSET,
    Commit,
    EditMisses,
    catalog_text,
    commits,
    records,
    stream,
)
from modelowners.app.demo.training import FEATURES
from modelowners.catalog import load
from modelowners.core.time import parse_instant
from modelowners.ledger.changes import ChangeKind


def trees() -> list[dict[str, str]]:
    """Every state of the files, oldest first."""
    states: list[dict[str, str]] = []
    tree: dict[str, str] = {}
    for commit in commits():
        tree = {**tree, **commit.apply(tree)}
        states.append(tree)
    return states


def test_there_are_a_dozen_innocent_commits_and_one_guilty() -> None:
    history = commits()
    guilty = [commit for commit in history if commit.subject == GUILTY]
    assert len(guilty) == 1
    assert len(history) - len(guilty) >= 12
    assert commits(fault=False) == tuple(c for c in history if c not in guilty)


def test_the_guilty_commit_comes_hours_before_the_onset() -> None:
    (guilty,) = (commit for commit in commits() if commit.subject == GUILTY)
    assert timedelta(hours=1) < ONSET - guilty.at < timedelta(hours=12)
    near = [c for c in commits() if abs(c.at - ONSET) < timedelta(days=3)]
    assert len(near) >= 5


def test_history_goes_forward() -> None:
    times = [commit.at for commit in commits()]
    assert times == sorted(times)
    assert [r.occurred_at for r in records()] == sorted(
        r.window.start for r in records()
    )


def test_every_state_of_the_code_is_python() -> None:
    for tree in trees():
        for path, text in tree.items():
            if path.endswith(".py"):
                assert ast.get_docstring(ast.parse(text)), path


def test_the_guilty_commit_changes_units_and_nothing_else() -> None:
    before, after = ({}, {})
    for commit, tree in zip(commits(), trees(), strict=True):
        if commit.subject == GUILTY:
            after = tree
            break
        before = tree
    changed = [path for path in after if before[path] != after[path]]
    assert changed == ["feeds/weather/fetch.py"]
    new = set(after[changed[0]].splitlines()) - set(before[changed[0]].splitlines())
    assert all("metric" in line or "Celsius" in line for line in new)


def test_authors_and_recorders_are_people_of_the_catalog(tmp_path: Path) -> None:
    file = tmp_path / "modelowners.yaml"
    file.write_text(trees()[-1]["modelowners.yaml"], encoding="utf-8")
    people = load(file).people
    assert {commit.author for commit in commits()} <= people.keys()
    assert {record.who.person for record in records()} <= people.keys()


def test_the_catalog_lists_the_features_the_model_knows() -> None:
    listed = catalog_text().split("features:")[1].split("segments:")[0]
    assert tuple(listed.replace("-", " ").split()) == FEATURES
    claims = catalog_text().split("upstream:")[1].split("\n\n")[0]
    named = {word.strip("[],") for word in claims.split() if not word.endswith(":")}
    assert named == set(FEATURES)


def test_records_have_keys_of_their_own() -> None:
    assert len({record.id for record in records()}) == len(records())
    assert {r.kind for r in records()} >= {ChangeKind.DEPLOY, ChangeKind.CONFIG}
    assert all(record.recorded_at == record.occurred_at for record in records())


def test_an_edit_that_misses_is_refused() -> None:
    commit = Commit(
        parse_instant("2013-01-01"), "mia", "Edit", edits=(("a", "x", "y"),)
    )
    assert commit.apply({"a": "1 x 2"}) == {"a": "1 y 2"}
    for text in ("", "x x"):
        with pytest.raises(EditMisses, match='"Edit" edits text that a does not'):
            commit.apply({"a": text})


def test_git_reads_the_stream_and_always_names_the_same_commits(
    tmp_path: Path,
) -> None:
    heads = []
    for name in ("one", "two"):
        folder = tmp_path / name
        subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
        subprocess.run(
            ["git", "-C", folder, "fast-import", "--quiet"],
            input=stream(commits()),
            check=True,
        )
        told = subprocess.run(
            ["git", "-C", folder, "log", "--format=%H %aI %cI %ae %s", "main"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        heads.append(told)
    assert heads[0] == heads[1]
    lines = heads[0].splitlines()
    assert len(lines) == len(commits())
    (guilty,) = (line for line in lines if line.endswith(GUILTY))
    assert "2013-10-29T09:40:00+00:00 2013-10-29T09:40:00+00:00 yuki@" in guilty
