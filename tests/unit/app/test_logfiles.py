"""Log files: found below a folder, grouped as tables, and nothing else opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pytest

from modelowners.app.logfiles import look
from modelowners.core.errors import InputError
from modelowners.observations.engines.duckdb.engine import DuckDBEngine

LOG = {"ts": "TIMESTAMP", "score": "DOUBLE"}


class Everything:
    """Gives every file the same columns, and remembers what it was asked."""

    def __init__(self, columns: Mapping[str, str] = LOG) -> None:
        self.found = columns
        self.asked: list[str] = []

    def columns(self, root: Path, source: Sequence[str]) -> Mapping[str, str]:
        self.asked += source
        return self.found


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


@pytest.mark.parametrize(
    ("names", "source", "name"),
    [
        (
            ["logs/churn/a.parquet", "logs/churn/b.parquet"],
            "logs/churn/*.parquet",
            "churn",
        ),
        (["churn.csv"], "churn.csv", "churn"),
        (["logs/churn.csv.gz"], "logs/churn.csv.gz", "churn"),
        (
            ["eta/day=2026-01-01/a.parquet", "eta/day=2026-01-02/a.parquet"],
            "eta/**/*.parquet",
            "eta",
        ),
        (["eta/2026/01/a.parquet", "eta/2026/02/b.parquet"], "eta/**/*.parquet", "eta"),
        (["2026-01/a.csv", "2026-02/a.csv"], "**/*.csv", ""),
    ],
)
def test_files_of_one_table_are_one_group(
    tmp_path: Path, names: list[str], source: str, name: str
) -> None:
    touch(tmp_path, *names)
    (found,) = look(tmp_path, Everything())
    assert (found.source, found.files, found.name) == (source, len(names), name)


def test_packages_hidden_folders_and_odd_names_are_left_out(tmp_path: Path) -> None:
    touch(
        tmp_path,
        ".git/a.csv",
        ".modelowners/a.parquet",
        "venv/lib/a.csv",
        "node_modules/a.csv",
        "x[1].csv",
        "a\nb.csv",
        ".a.csv",
        "notes.txt",
        "/".join("abcdefghijk") + "/deep.csv",
    )
    engine = Everything()
    assert look(tmp_path, engine) == ()
    assert engine.asked == []


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path / "out", "a.csv")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out", target_is_directory=True)
    assert look(tmp_path / "in", Everything()) == ()


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    class Broken(Everything):
        def columns(self, root: Path, source: Sequence[str]) -> Mapping[str, str]:
            raise InputError(what="broken")

    touch(tmp_path, "a.csv")
    assert look(tmp_path, Broken()) == ()
    assert look(tmp_path, Everything({})) == ()


def test_columns_no_file_can_name_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv")
    (found,) = look(tmp_path, Everything({**LOG, "a\x07b": "DOUBLE"}))
    assert found.guess.features == ()


def test_real_files_are_read_and_corrupt_ones_left_out(tmp_path: Path) -> None:
    duckdb.sql(
        "COPY (SELECT TIMESTAMP '2026-01-01' AS scored_at, 0.5::DOUBLE AS score, "
        "1 AS age) "
        f"TO '{tmp_path / 'good.parquet'}' (FORMAT parquet)"
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "bad.parquet").write_bytes(b"PAR1 and then nonsense")
    (tmp_path / "empty.csv").touch()
    groups = look(tmp_path, DuckDBEngine(threads=1))
    (found,) = [group for group in groups if group.guess.lacks is None]
    assert (found.source, found.guess.lacks) == ("good.parquet", None)
    assert found.guess.columns == {"ts": "scored_at", "score": "score"}
    assert found.guess.features == ("age",)


def test_fractions_in_text_files_are_scores_not_whole_numbers(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-0{day}T00:00:00Z,0.{day},{day}\n" for day in range(1, 6))
    (tmp_path / "a.csv").write_text(f"ts,prediction,age\n{rows}", encoding="utf-8")
    (found,) = look(tmp_path, DuckDBEngine(threads=1))
    assert found.guess.columns == {"ts": "ts", "score": "prediction"}
