"""Proposals: whatever the repository holds, a file that can be read, or a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.proposal import (
    FileExists,
    NoCommits,
    NoLog,
    Proposal,
    propose,
    require_free,
    write,
)
from modelowners.catalog import lint, load
from modelowners.catalog.ports import Touch
from modelowners.core.errors import StateError
from modelowners.core.facets import Facet
from modelowners.core.ids import asset_id
from modelowners.core.time import parse_instant
from modelowners.observations.declaration import read_log

AT = parse_instant("2026-06-01")
LOG = {
    "id": "BIGINT",
    "scored_at": "TIMESTAMP",
    "p_churn": "DOUBLE",
    "country": "VARCHAR",
    "age": "DOUBLE",
}


class Logs:
    """Columns by the end of the path."""

    def __init__(self, columns: Mapping[str, Mapping[str, str]]) -> None:
        self.by_end = columns

    def columns(self, root: Path, source: Sequence[str]) -> Mapping[str, str]:
        ends = [c for end, c in self.by_end.items() if source[0].endswith(end)]
        return ends[0] if ends else {}


class History:
    """Commits by path; the empty path is all of them."""

    def __init__(self, **by_path: list[Touch]) -> None:
        self.by_path = by_path

    def touches(self, paths: Sequence[str] = ()) -> tuple[Touch, ...]:
        return tuple(self.by_path.get(paths[0] if paths else "everything", []))


def touch(name: str, days_ago: int, email: str = "") -> Touch:
    first = name.split(maxsplit=1)[0].lower() if name.split() else "x"
    return Touch(
        email=email or f"{first}@x.example",
        name=name,
        at=AT - timedelta(days=days_ago),
        files=1,
    )


ANA = [touch("Ana Gómez", 1), touch("Ana Gómez", 2), touch("Ana Gómez", 9)]
BO = [touch("Bo Li", 3)]


def file_in(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder / "modelowners.yaml"


def proposed(
    file: Path, history: History, columns: Mapping[str, str] = LOG
) -> Proposal:
    logs = Logs({".csv": columns, ".parquet": columns})
    return propose(file, engine=logs, authorship=history, at=AT)


def test_the_whole_file(tmp_path: Path) -> None:
    file = file_in(tmp_path, "logs/churn/a.csv", "logs/churn/b.csv", "churn/train.py")
    found = proposed(file, History(everything=ANA + BO, churn=ANA + BO))
    assert (
        found.text.split("\n\n", 1)[1]
        == """\
people:
  ana: {email: ana@x.example}  # suggestion: Ana Gómez, 3 commits, last 2026-05-31
  bo: {email: bo@x.example}  # suggestion: Bo Li, 1 commit, last 2026-05-29

owns:
  model:churn:
    owner: ana  # suggestion: all signals agree; 3 commits, last 2026-05-31
    deputy: bo  # suggestion: next in the history; 1 commit, last 2026-05-29
    # verified: {on: DATE, by: OWNER}  # the owner adds this after reading
    tier: 2  # 1: wake somebody up; 3: it can wait
    code: [churn]  # suggestion: a folder of the same name
    predictions:
      source: logs/churn/*.csv
      columns:  # suggestion: from their names and types
        ts: scored_at
        prediction_id: id
        score: p_churn
      # labels: {source: PATH, key: COLUMN, actual: COLUMN, delay: 7d}
      segments: [country]
      features: [age]
      # Whose data fills which columns; name each dataset under owns: too.
      # upstream:
      #   dataset:NAME: [age]
"""
    )
    assert found.notes == (
        (
            "model:churn: logs/churn/*.csv (2 files), 1 feature, 1 segment, "
            "no label column"
        ),
    )
    assert found.next_command == f"modelowners -f {file} profile model:churn"


def test_it_is_read_by_every_stage_and_has_no_error(tmp_path: Path) -> None:
    file = file_in(tmp_path, "logs/churn/a.csv")
    write(
        proposed(file, History(everything=ANA + BO), LOG | {"churned": "BOOLEAN"}), file
    )
    catalog = load(file)
    assert [
        p.code for p in lint(catalog, at=AT, readers={"predictions": read_log})
    ] == ["MO501"]
    asset = catalog.asset(asset_id("model:churn"))
    log = read_log(asset.id, asset.facets["predictions"], catalog.root)
    assert log.source == ("logs/churn/a.csv",)
    assert log.columns == {"ts": "scored_at", "prediction_id": "id", "score": "p_churn"}
    assert log.labels is not None
    assert (log.labels.actual, log.labels.source) == ("churned", None)
    assert asset.verified is None


def test_where_the_signals_differ_it_says_so(tmp_path: Path) -> None:
    file = file_in(tmp_path, "churn.csv")
    old = [touch("Ana Gómez", 400 + k) for k in range(5)]
    text = proposed(file, History(everything=[touch("Bo Li", 1), *old])).text
    assert "suggestion, unsure: signals disagree" in text
    assert "else bo (1 commit, last 2026-05-31)" in text


def test_labels_are_found_in_a_second_file_of_the_same_ids(tmp_path: Path) -> None:
    file = file_in(tmp_path, "log/a.csv", "truth/a.csv")
    logs = Logs(
        {"log/*.csv": LOG, "truth/*.csv": {"id": "BIGINT", "outcome": "INTEGER"}}
    )
    text = propose(file, engine=logs, authorship=History(everything=ANA), at=AT).text
    assert "labels: {source: truth/a.csv, key: id, actual: outcome, delay: 0d}" in text


def test_each_log_is_a_model_named_after_its_folder(tmp_path: Path) -> None:
    root = tmp_path / "Fraud Detection"
    file = file_in(root, "logs/eta/a.csv", "logs/predictions.csv", "data/eta/b.csv")
    write(proposed(file, History(everything=ANA)), file)
    assert load(file).models() == ("model:eta", "model:eta-2", "model:fraud-detection")


def test_no_log_says_what_is_missing(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    with pytest.raises(NoLog, match="no Parquet or CSV file that can be read"):
        proposed(file, History(everything=ANA))
    file_in(tmp_path, "a.csv")
    with pytest.raises(NoLog, match=r"a\.csv \(no column tells the time\)"):
        proposed(file, History(everything=ANA), {"a": "BIGINT"})


@pytest.mark.parametrize("history", [[], [touch("renovate[bot]", 1)]])
def test_a_history_without_people_is_refused(
    tmp_path: Path, history: list[Touch]
) -> None:
    with pytest.raises(NoCommits, match="git commit"):
        proposed(file_in(tmp_path, "a.csv"), History(everything=history))


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "modelowners.yaml"
    require_free(file)
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExists):
        require_free(file)
    with pytest.raises(FileExists):
        write(Proposal("theirs", (), ""), file)
    assert file.read_text(encoding="utf-8") == "mine"
    link = tmp_path / "link.yaml"
    link.symlink_to(tmp_path / "gone")
    with pytest.raises(FileExists):
        write(Proposal("theirs", (), ""), link)


def test_an_unwritable_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="--file"):
        write(Proposal("x", (), ""), tmp_path / "gone" / "modelowners.yaml")


COLUMN = st.text(max_size=8).filter(lambda name: name.strip() != "")
NAME = st.text(max_size=12) | st.sampled_from(
    ["null", "True", "oncall", "none", "李 雷", "O'Neil", "a: b #c"]
)


@given(
    st.lists(st.tuples(NAME, NAME), min_size=1, max_size=4),
    st.dictionaries(COLUMN, st.sampled_from(["DOUBLE", "VARCHAR"]), max_size=5),
)
def test_no_name_makes_a_file_that_cannot_be_read(
    tmp_path_factory: pytest.TempPathFactory,
    people: list[tuple[str, str]],
    columns: dict[str, str],
) -> None:
    file = file_in(tmp_path_factory.mktemp("p"), "logs/churn/a.csv")
    history = [
        touch(name, k, f"{local}@x.example") for k, (name, local) in enumerate(people)
    ]
    found = proposed(file, History(everything=history), {**columns, **LOG})
    write(found, file)
    catalog = load(file)
    asset = catalog.asset(asset_id("model:churn"))
    facet: Facet = asset.facets["predictions"]
    log = read_log(asset.id, facet, catalog.root)
    shown = {name for name in columns if name.isprintable()}
    assert set(log.features) <= {*shown, *LOG}
    assert asset.owner is not None
