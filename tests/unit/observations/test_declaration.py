"""The `predictions` facet: every form read, every mistake refused at its place."""

from pathlib import Path

import pytest

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Facet, Node
from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, HOUR, TimeWindow
from modelowners.observations import read_log, read_reference
from modelowners.observations.declaration import check_reference
from modelowners.observations.logs import PredictionLog, Task

MODEL = asset_id("model:churn")


def node(value: object, line: int = 1, column: int = 1) -> Node:
    """Build located nodes: each mapping entry stands on a line of its own."""
    if isinstance(value, dict):
        children = {
            str(key): node(item, line + i, column + 4)
            for i, (key, item) in enumerate(value.items(), 1)
        }
        return Node(children, "f.yaml", line, column, key=(line, column))
    if isinstance(value, list):
        items = [node(item, line, column + 2 * i) for i, item in enumerate(value)]
        return Node(items, "f.yaml", line, column, key=(line, column))
    assert value is None or isinstance(value, str | int | bool)
    return Node(value, "f.yaml", line, column, key=(line, column))


def read(reference: str | None = None, /, **keys: object) -> PredictionLog:
    facet = Facet("predictions", node({"source": "log/*.parquet", **keys}))
    told = Facet("reference", node(reference)) if reference else None
    return read_log(MODEL, facet, Path("/here"), told)


def test_reads_a_full_declaration() -> None:
    log = read(
        "2026-05-01/2026-06-01",
        columns={"prediction_id": "id", "ts": "scored_at", "score": "p"},
        features={"age": "long", "plan": "string"},
        segments=["country"],
        labels={
            "source": "outcomes.csv",
            "key": {"entity_key": "customer"},
            "actual": "churned",
            "ts": "outcome_at",
            "logged_at": "stored_at",
            "delay": "30d",
        },
        task="binary",
        positive=True,
        threshold="0.25",
        timezone="America/New_York",
        grain="1h",
        private=["age"],
        drop_limit="0.05",
        delivery_lag="2h",
        upstream={
            "dataset:crm": ["age"],
            "dataset:eu": {"rows": {"country": ["DE", "FR"]}, "features": ["plan"]},
        },
    )
    assert log.root == Path("/here")
    assert log.source == ("log/*.parquet",)
    assert log.columns == {"prediction_id": "id", "ts": "scored_at", "score": "p"}
    assert log.features == ("age", "plan")
    assert log.feature_types == {"age": "long", "plan": "string"}
    assert log.labels is not None
    assert (log.labels.key, log.labels.key_column) == ("entity_key", "customer")
    assert log.labels.delay == 30 * DAY
    assert (log.task, log.positive, log.threshold) == (Task.BINARY, "true", 0.25)
    assert (log.timezone, log.grain) == ("America/New_York", HOUR)
    assert (log.private, log.drop_limit) == (frozenset({"age"}), 0.05)
    assert log.delivery_lag == 2 * HOUR
    assert log.reference == TimeWindow.parse("2026-05-01/2026-06-01")
    assert log.upstream[1].rows == {"country": ("DE", "FR")}
    assert log.place == "f.yaml:1:1"


def test_defaults_are_those_of_a_plain_daily_log() -> None:
    log = read()
    assert log.labels is None
    assert log.reference is None
    assert (log.timezone, log.grain, log.positive) == ("UTC", DAY, "1")
    assert (log.drop_limit, log.threshold) == (0.01, 0.5)


def test_labels_without_a_source_are_in_the_same_row() -> None:
    log = read(labels={"actual": "y"})
    assert log.labels is not None
    assert log.labels.source is None


def test_a_plain_key_is_the_label_sources_column_of_prediction_ids() -> None:
    log = read(labels={"actual": "y", "source": "l.csv", "key": "trip"})
    assert log.labels is not None
    assert (log.labels.key, log.labels.key_column) == ("prediction_id", "trip")


def test_a_prefix_says_which_columns_are_features() -> None:
    assert read(features={"prefix": "f_"}).feature_prefix == "f_"


def test_extensions_are_ignored() -> None:
    assert read(**{"x-team": "a"}).source == ("log/*.parquet",)


@pytest.mark.parametrize(
    ("keys", "place", "what"),
    [
        ({"sorce": "a"}, "f.yaml:3:5", 'unknown key "sorce"; did you mean "source"?'),
        ({"format": "kserve"}, "f.yaml:3:5", "expected the format auto or flat"),
        ({"source": ""}, "f.yaml:2:5", "expected a path or glob"),
        ({"source": "s3://b/x.parquet"}, "f.yaml:2:5", "copy or mount"),
        ({"source": "table:x"}, "f.yaml:2:5", "copy or mount"),
        ({"columns": {"time": "a"}}, "f.yaml:4:9", 'unknown key "time"'),
        ({"columns": {"ts": ""}}, "f.yaml:4:9", "the name of a column"),
        ({"columns": ["ts"]}, "f.yaml:3:5", "expected a mapping, found a list"),
        ({"features": "signature"}, "f.yaml:3:5", "not read yet"),
        ({"features": {"a": "dbl"}}, "f.yaml:4:9", "expected a type"),
        ({"features": ["a", "a"]}, "f.yaml:3:7", '"a" is named twice'),
        ({"labels": {"delay": "1d"}}, "f.yaml:3:5", "expected `actual:`"),
        (
            {"labels": {"actual": "y", "source": "l.csv"}},
            "f.yaml:3:5",
            "expected `key:`",
        ),
        (
            {"labels": {"actual": "y", "inline": True, "source": "l.csv"}},
            "f.yaml:6:9",
            "not both",
        ),
        ({"labels": {"actual": "y", "inline": False}}, "f.yaml:3:5", "found neither"),
        ({"labels": {"actual": "y", "key": "id"}}, "f.yaml:5:9", "need no `key:`"),
        ({"labels": {"actual": "y", "delay": "soon"}}, "f.yaml:5:9", "a duration"),
        (
            {"labels": {"actual": "y", "source": "l.csv", "key": {}}},
            "f.yaml:6:9",
            "expected one of",
        ),
        ({"task": "ranking"}, "f.yaml:3:5", "expected a task"),
        ({"threshold": "high"}, "f.yaml:3:5", "expected a number"),
        ({"timezone": "Mars/Olympus"}, "f.yaml:3:5", "expected a time zone"),
        ({"timezone": "../etc/passwd"}, "f.yaml:3:5", "expected a time zone"),
        ({"grain": "7d"}, "f.yaml:3:5", "the grain 1d or 1h"),
        ({"drop_limit": 3}, "f.yaml:3:5", "a share from 0 to 1"),
        ({"upstream": {"crm": ["a"]}}, "f.yaml:4:9", "expected an asset id"),
        ({"upstream": {"dataset:a": {}}}, "f.yaml:4:9", "found neither"),
        ({"upstream": {"dataset:a": {"rows": {"v": []}}}}, "f.yaml:6:17", "empty list"),
        ({"upstream": {"dataset:a": {"rows": {"v": "1|2"}}}}, "f.yaml:6:17", '"|"'),
        (
            {"features": ["fare"], "upstream": {"dataset:a": ["fair"]}},
            "f.yaml:5:9",
            '"fair" is neither a feature nor a segment; did you mean "fare"?',
        ),
        (
            {"columns": {"ts": "t"}, "upstream": {"dataset:a": {"rows": {"t": 1}}}},
            "f.yaml:5:9",
            '"t" is neither',
        ),
    ],
)
def test_refuses_with_place_and_remedy(
    keys: dict[str, object], place: str, what: str
) -> None:
    with pytest.raises(BadFacet) as refusal:
        read(**keys)
    assert str(refusal.value).startswith(place)
    assert what in str(refusal.value)


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ({"rows": {"v": 1}}, {"rows": {"v": [1, 2]}}, True),
        ({"rows": {"v": 1}}, {"rows": {"v": 2}}, False),
        ({"rows": {"v": 1}}, {"rows": {"w": 1}}, True),
        ({"rows": {"v": 1, "w": 1}}, {"rows": {"w": 2}}, False),
        (["fare"], ["fare"], True),
        (["fare"], ["tolls"], False),
        (["fare"], {"rows": {"v": 1}}, False),
        (
            {"rows": {"v": 1}, "features": ["fare"]},
            {"rows": {"v": 1}, "features": ["tolls"]},
            False,
        ),
        (
            {"rows": {"v": 1}, "features": ["fare"]},
            {"rows": {"v": 1}, "features": ["fare"]},
            True,
        ),
    ],
)
def test_two_assets_never_claim_the_same(
    first: object, second: object, *, overlap: bool
) -> None:
    claims = {"dataset:a": first, "dataset:b": second}
    if not overlap:
        assert len(read(upstream=claims).upstream) == 2
        return
    with pytest.raises(BadFacet, match="dataset:b and dataset:a both claim"):
        read(upstream=claims)


def test_a_source_is_required() -> None:
    facet = Facet("predictions", node({}))
    with pytest.raises(BadFacet, match="expected `source:`"):
        read_log(MODEL, facet, Path())


def test_a_reference_is_a_window() -> None:
    facet = Facet("reference", node("2026-05-01/2026-06-01"))
    assert read_reference(facet) == check_reference(MODEL, facet, Path())
    with pytest.raises(BadFacet, match=r"f\.yaml:1:1"):
        read_reference(Facet("reference", node("2026-06-01/2026-05-01")))
