"""`profile`: what it prints, its exit codes, and every bad input named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner, Result

from modelowners.cli.main import cli
from modelowners.core.errors import ModelownersError

FILE = """\
version: 1
people: {{bo: {{email: bo@example.org}}}}
owns:
  model:amount-due:
    owner: bo
    predictions:
      source: {source}
      columns: {{prediction_id: id, ts: ts, score: p}}
      features: [fare, word]
      segments: [vendor]
      labels: {{inline: true, actual: paid, delay: 2d}}
      upstream:
        dataset:feed-a: {{rows: {{vendor: 1}}}}
        dataset:feed-b: {{rows: {{vendor: 2}}}}
  dataset:feed-a: {{owner: bo}}
  dataset:feed-b: {{owner: bo}}
"""
GOOD = (
    "SELECT i AS id, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS ts, "
    "i * 1.5 AS p, i * 2.0 AS fare, 'w' || (i % 3) AS word, 1 + i % 2 AS vendor, "
    "i * 1.25 AS paid FROM range(48) t(i)"
)
Ask = Callable[..., Result]


def make(path: Path, select: str = GOOD, form: str = "parquet") -> None:
    connection = duckdb.connect()
    connection.execute(f"COPY ({select}) TO '{path}' (FORMAT {form})")
    connection.close()


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Write an ownership file, run a command on it and give what came of it."""

    def run(*args: str, source: str = "log/*.parquet", text: str = FILE) -> Result:
        (tmp_path / "log").mkdir(exist_ok=True)
        (tmp_path / "modelowners.yaml").write_text(text.format(source=source))
        base = ["--file", str(tmp_path / "modelowners.yaml")]
        return CliRunner().invoke(cli, [*base, "profile", *args], standalone_mode=False)

    return run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    return tmp_path / "log"


def refusal(result: Result) -> str:
    assert isinstance(result.exception, ModelownersError | click.ClickException)
    return str(result.exception)


def test_prints_what_the_log_holds(ask: Ask, log: Path) -> None:
    make(log / "a.parquet")
    result = ask("model:amount-due")
    assert result.return_value == 0
    assert result.stdout.splitlines() == [
        (
            "model:amount-due   flat   regression (told from the outputs)"
            "   log/*.parquet   2026-01-01 00:00 … 2026-01-02 23:00 UTC"
        ),
        "read 48   kept 48   dropped 0",
        "version not mapped   label 100.0 % (last due 2026-01-04)   weight 48",
        "features 2/2   missing -   extra 0   type differs: -",
        "feed-a 50.0 %   feed-b 50.0 %   no partition 0.0 %",
        "note: times have no zone and were read as UTC; `timezone:` says otherwise",
        "",
        "column     null   distinct  values",
        "fare      0.0 %         48  0 … 94, mean 47",
        "vendor    0.0 %          2  1 … 2, mean 1.5",
        "score     0.0 %         48  0 … 70.5, mean 35.25",
        "word      0.0 %          3  'w0' 33.3 %, 'w1' 33.3 %, 'w2' 33.3 %",
    ]


def test_json_has_every_count(ask: Ask, log: Path) -> None:
    make(log / "a.parquet", f"{GOOD} UNION ALL {GOOD.replace('48', '4')}")
    result = ask("--json")
    (found,) = json.loads(result.stdout)
    assert result.return_value == 0
    assert (found["read"], found["kept"]) == (52, 48)
    assert found["dropped"] == {
        "duplicate": {"rows": 4, "file": "log/a.parquet", "row": 48}
    }
    assert found["columns"]["fare"]["maximum"] == 94
    assert found["columns"]["word"]["values"] == {"w0": 16, "w1": 16, "w2": 16}
    assert found["claims"] == {"dataset:feed-a": 24, "dataset:feed-b": 24}


def test_a_window_and_an_instant_narrow_it(ask: Ask, log: Path) -> None:
    make(log / "a.parquet")
    assert "kept 24" in ask("--from", "2026-01-02").stdout
    assert "kept 24" in ask("--to", "2026-01-02").stdout
    assert "kept 13" in ask("--as-of", "2026-01-01T12:00").stdout
    assert "expected" not in ask("--from", "2026-01-02", "--to", "2026-01-03").stdout


def test_csv_reads_like_parquet(ask: Ask, log: Path) -> None:
    make(log / "a.csv", form="csv")
    make(log / "b.csv.gz", GOOD.replace("i AS id", "100 + i AS id"), form="csv")
    result = ask(source="log/*.csv*")
    assert "read 96   kept 96" in result.stdout
    assert "fare      0.0 %         48  0 … 94, mean 47" in result.stdout


def test_one_absurd_value_is_shown(ask: Ask, log: Path) -> None:
    make(
        log / "a.parquet",
        GOOD.replace("48", "5000").replace(
            "i * 2.0", "CASE WHEN i = 7 THEN 429490 ELSE i % 50 END"
        ),
    )
    assert "note: fare holds 429,490 (row 7, 2026-01-01T07:00:00Z)" in ask().stdout


def test_the_drop_limit_decides_the_exit_code(ask: Ask, log: Path) -> None:
    make(log / "a.parquet", GOOD.replace("i * 1.5", "nullif(i, 3) * 1.5"))
    result = ask()
    assert result.return_value == 1
    assert "no_prediction 1 (first: log/a.parquet row 4)" in result.stdout
    assert "more than `drop_limit` 1.0 %" in result.stderr


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("--from", "soon"), "an instant"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), "ends after it starts"),
        (("model:amount-dues",), 'did you mean "model:amount-due"'),
        (("dataset:feed-a",), "declares no prediction log"),
    ],
)
def test_refuses_bad_arguments(
    ask: Ask, log: Path, args: tuple[str, ...], expected: str
) -> None:
    make(log / "a.parquet")
    assert expected in refusal(ask(*args))


def test_no_file(ask: Ask) -> None:
    text = refusal(ask())
    assert 'No file matches "log/*.parquet"' in text
    assert "modelowners.yaml:7:7" in text


def test_an_unreadable_file_is_named_and_the_others_go_on(ask: Ask, log: Path) -> None:
    make(log / "a.parquet")
    (log / "b.parquet").write_bytes((log / "a.parquet").read_bytes()[:200])
    (log / "c.parquet").write_bytes(b"")
    result = ask()
    assert result.return_value == 1
    assert "kept 48" in result.stdout
    assert "unreadable: log/b.parquet:" in result.stdout
    assert "unreadable: log/c.parquet:" in result.stdout
    assert "2 files cannot be read" in result.stderr


def test_nothing_readable(ask: Ask, log: Path) -> None:
    (log / "a.parquet").write_bytes(b"PAR1 rubbish")
    assert "None of the 1 files can be read" in refusal(ask())


def test_a_file_of_another_kind(ask: Ask, log: Path) -> None:
    (log / "a.xlsx").write_bytes(b"PK")
    assert "neither Parquet nor CSV" in refusal(ask(source="log/*.xlsx"))


def test_a_wrong_column(ask: Ask, log: Path) -> None:
    make(log / "a.parquet")
    text = refusal(ask(text=FILE.replace("score: p", "score: fair")))
    assert 'no column "fair" for `score`; did you mean "fare"?' in text


def test_a_missing_feature_is_named(ask: Ask, log: Path) -> None:
    make(log / "a.parquet", GOOD.replace("AS word", "AS other"))
    assert "features 1/2   missing word   extra 1 (other)" in ask().stdout


def test_nothing_says_when(ask: Ask, log: Path) -> None:
    make(log / "a.parquet", GOOD.replace("AS ts", "AS at"))
    text = refusal(ask(text=FILE.replace(" ts: ts,", "")))
    assert "nothing says when" in text


def test_mixed_zones_are_said(ask: Ask, log: Path) -> None:
    mixed = GOOD.replace(
        "TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR",
        "'2026-01-01T10:00' || CASE WHEN i % 2 = 0 THEN 'Z' ELSE '' END",
    )
    make(log / "a.parquet", mixed)
    assert "24 of 48 times have no zone and were read as UTC" in ask().stdout


def test_an_all_null_column_is_named(ask: Ask, log: Path) -> None:
    make(log / "a.parquet", GOOD.replace("i * 2.0", "NULL"))
    result = ask()
    assert "note: no value at all in fare" in result.stdout
    assert result.return_value == 0


def test_an_empty_log_and_an_empty_window(ask: Ask, log: Path) -> None:
    make(log / "a.parquet", f"{GOOD} WHERE i < 0")
    result = ask()
    assert (result.return_value, "read 0   kept 0" in result.stdout) == (1, True)
    make(log / "a.parquet")
    result = ask("--from", "2030-01-01")
    assert (result.return_value, "no rows" in result.stdout) == (1, True)


def test_no_labels_yet(ask: Ask, log: Path) -> None:
    make(log / "a.parquet", GOOD.replace("i * 1.25", "NULL::DOUBLE"))
    assert "label 0.0 %" in ask().stdout


def test_ten_thousand_columns(ask: Ask, log: Path) -> None:
    many = ", ".join(f"i AS c{n}" for n in range(10_000))
    make(
        log / "a.parquet", f"SELECT *, {many} FROM ({GOOD}) JOIN range(1) u(i) ON TRUE"
    )
    result = ask()
    assert result.return_value == 0
    assert "extra 10,00" in result.stdout
    assert "beyond the first 200 are not profiled" in result.stdout


def test_odd_columns(ask: Ask, log: Path) -> None:
    odd = (
        "9007199254740993 + i AS big, [1] AS list, {'a': 1} AS nest, "
        '1.5::DECIMAL(9,2) AS dec, \'x\' AS "it\'s ""q"".😀", '
        "CASE WHEN i = 1 THEN 'nan'::DOUBLE ELSE 1 END AS nan, 1 AS loss, 2 AS weight"
    )
    make(log / "a.parquet", GOOD.replace(" FROM range", f", {odd} FROM range"))
    result = ask()
    assert result.return_value == 0
    assert "nested or binary columns are not read: list, nest" in result.stdout
    assert "beyond 2^53 last digits are not compared: big" in result.stdout
    assert 'it\'s "q".😀' in result.stdout
    assert "1 NaN" in result.stdout


def test_a_type_that_differs_between_files(ask: Ask, log: Path) -> None:
    make(log / "a.parquet")
    make(
        log / "b.parquet",
        GOOD.replace("i AS id", "100 + i AS id").replace(
            "i * 2.0 AS fare", "'n/a' || i AS fare"
        ),
    )
    result = ask()
    assert "differs between files: fare:" in result.stdout
    assert "48 unreadable" in result.stdout
    assert "kept 96" in result.stdout


def test_an_unknown_key(ask: Ask, log: Path) -> None:
    make(log / "a.parquet")
    text = refusal(ask(text=FILE.replace("      labels:", "      lables:")))
    assert 'modelowners.yaml:11:7 MO003 unknown key "lables"' in text


def test_no_model_declares_a_log(ask: Ask) -> None:
    head = FILE.partition("    predictions:")[0]
    assert "No model in" in refusal(ask(text=head))
