from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from registry_worlds import URL, Model, Registry, Version

from modelowners.catalog.files import load
from modelowners.connectors.mlflow import MLflowChanges, change_sources, registrations
from modelowners.connectors.mlflow.client import Client
from modelowners.connectors.mlflow.servers import Server, servers
from modelowners.connectors.mlflow.snapshots import Snapshot
from modelowners.connectors.transport import Outside, Unreachable
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import DAY, HOUR, TimeWindow, VirtualClock, parse_instant
from modelowners.ledger.changes import Change, ChangeKind, Strength
from modelowners.ledger.ports import Batch
from modelowners.ledger.registrations import Registration

CHURN = asset_id("model:churn")
T0 = parse_instant("2026-06-01T00:00Z")
MINUTE = timedelta(minutes=1)
REFERENCE = "${TOKEN}"
CHAMPION = Registration(registry="mlflow", name="churn", alias="champion")


def churn(*numbers: int, alias: int | None = None) -> Model:
    model = Model("churn")
    model.add(*(Version(str(n), params={"depth": str(n)}) for n in numbers))
    if alias is not None:
        model.aliases["champion"] = str(alias)
    return model


def source(
    registry: Registry,
    declared: dict[AssetId, Registration] | None = None,
    *,
    batch_size: int = 20,
) -> MLflowChanges:
    client = Client(Server(url=URL, instance="prod"), registry.outside())
    return MLflowChanges(
        client,
        declared=declared or {CHURN: CHAMPION},
        people={"ana": "ana"},
        batch_size=batch_size,
    )


def look(registry: Registry, cursor: str | None = None, *, after: int = 0) -> Batch:
    """Look once, so many minutes after the start."""
    return source(registry).read(cursor, now=T0 + after * MINUTE)


def kinds(batch: Batch) -> list[str]:
    return [change.kind.value for change in batch.changes]


def only(batch: Batch, kind: ChangeKind | None = None) -> Change:
    (found,) = [c for c in batch.changes if kind is None or c.kind is kind]
    return found


def test_the_first_look_tells_versions_and_no_alias() -> None:
    batch = look(Registry(churn(1, 2, alias=1)))
    assert kinds(batch) == ["note", "note", "hyperparameter"]
    assert [c.version for c in batch.changes] == ["1", "2", "2"]
    assert batch.floor == T0
    assert batch.last


def test_times_of_versions_are_mlflows_own() -> None:
    change = look(Registry(churn(1))).changes[0]
    assert change.occurred_at == parse_instant("2026-01-01T01:00Z")
    assert change.observed_between is None
    assert (change.who.person, change.who.raw, change.who.role) == (
        "ana",
        "ana",
        "author",
    )
    assert (change.run, change.commit) == ("churn-run-1", "a" * 40)
    assert change.source.url == f"{URL}/#/models/churn/versions/1"


def test_a_quiet_look_is_one_request() -> None:
    registry = Registry(churn(1, 2, alias=1), *(Model(f"m{n}") for n in range(100)))
    cursor = look(registry).cursor
    registry.asked.clear()
    batch = look(registry, cursor, after=1)
    assert registry.asked == ["GET /api/2.0/mlflow/registered-models/search"]
    assert batch.changes == ()


def test_an_alias_moved_twice_is_one_deploy_in_the_gap() -> None:
    model = churn(1, 2, 3, alias=1)
    registry = Registry(model)
    cursor = look(registry).cursor
    model.aliases["champion"] = "3"  # by way of 2, which nobody saw
    change = only(look(registry, cursor, after=90))
    assert change.kind is ChangeKind.DEPLOY
    assert change.what == "champion: version 1 -> 3"
    assert change.occurred_at is None
    assert change.observed_between == TimeWindow(T0, T0 + 90 * MINUTE)
    assert (change.who.person, change.who.raw) == (None, None)
    assert (change.version, change.path) == ("3", "alias:champion")
    assert change.before["version"] == "1"
    assert change.after["parameters"] == {"depth": "3"}


def test_an_alias_that_came_back_is_no_change_and_the_gap_is_told() -> None:
    registry = Registry(churn(1, 2, alias=1))
    cursor = look(registry).cursor
    batch = look(registry, cursor, after=90)
    assert batch.changes == ()
    assert batch.gap == TimeWindow(T0, T0 + 90 * MINUTE)
    assert look(registry, batch.cursor, after=91).gap is None


def test_the_interval_ends_when_the_answer_was_there() -> None:
    model = churn(1, 2, alias=1)
    registry = Registry(model)
    cursor = look(registry).cursor
    model.aliases["champion"] = "2"
    client = Client(Server(url=URL, instance="prod"), registry.outside())
    late = VirtualClock(T0 + 2 * MINUTE)
    reader = MLflowChanges(client, declared={CHURN: CHAMPION}, clock=late)
    batch = reader.read(cursor, now=T0 + MINUTE)
    assert only(batch).observed_between == TimeWindow(T0, T0 + 2 * MINUTE)
    again = Snapshot.parse(batch.cursor)
    assert again is not None
    assert again.looked_at == T0 + MINUTE


def test_a_new_version_tells_each_difference_on_its_own() -> None:
    model = churn(1, alias=1)
    registry = Registry(model)
    cursor = look(registry).cursor
    model.add(
        Version(
            "2",
            params={"depth": "9"},
            digest="d2",
            rows=2250,
            columns={"tenure": "double", "city": "string"},
            libraries="numpy==2.2.0\nlightgbm==4.6.0\n",
            commit="b" * 40,
            accuracy=0.8,
        )
    )
    batch = look(registry, cursor, after=1)
    told = {(c.kind.value, c.what) for c in batch.changes}
    assert told == {
        ("code", f"version 2 registered, commit {'a' * 12} -> {'b' * 12}"),
        ("hyperparameter", "depth 1 -> 9"),
        ("training_data", "train: 1500 -> 2250 rows"),
        ("schema", "signature: inputs.city (none) -> string"),
        ("dependency", "lightgbm 4.6.0 added"),
        ("dependency", "numpy 2.1.0 -> 2.2.0"),
        ("dependency", "scikit-learn 1.7.0 removed"),
    }
    data = only(batch, ChangeKind.TRAINING_DATA)
    assert data.path == "dataset:train"
    assert data.identity is not None
    assert data.identity.after is not None
    assert data.identity.after.strength is Strength.SAMPLED
    code = only(batch, ChangeKind.CODE)
    assert code.after["metrics"] == {"accuracy": 0.8}
    assert code.identity is not None
    assert code.identity.after is not None
    assert code.identity.after.strength is Strength.DECLARED


def test_deleting_an_aliased_version_takes_the_alias_with_it() -> None:
    model = churn(1, 2, alias=2)
    registry = Registry(model)
    cursor = look(registry).cursor
    model.delete("2")
    batch = look(registry, cursor, after=1)
    gone = only(batch, ChangeKind.DEPLOY)
    assert gone.what == "champion is gone: version 2, which it named, was deleted"
    assert (gone.before, gone.after, gone.version) == (
        {"alias": "champion", "version": "2"},
        {},
        None,
    )
    assert only(batch, ChangeKind.NOTE).what == "version 2 deleted"
    assert "churn has no alias champion" in batch.notes


def test_a_deleted_version_is_still_compared_by_its_run() -> None:
    model = churn(1, 2, alias=2)
    registry = Registry(model)
    cursor = look(registry).cursor
    model.delete("2")
    model.aliases["champion"] = "1"
    change = only(look(registry, cursor, after=1), ChangeKind.DEPLOY)
    assert change.before["parameters"] == {"depth": "2"}
    assert change.after["parameters"] == {"depth": "1"}


def test_an_alias_set_anew_and_one_removed() -> None:
    model = churn(1)
    registry = Registry(model)
    cursor = look(registry).cursor
    model.aliases["champion"] = "1"
    batch = look(registry, cursor, after=1)
    assert only(batch).what == "champion: version 1, it named none before"
    assert only(batch).before == {}
    del model.aliases["champion"]
    batch = look(registry, batch.cursor, after=2)
    assert only(batch).what == "champion is gone: it was removed from version 1"


def test_tags_and_descriptions_are_configuration() -> None:
    model = churn(1, 2)
    model.tags = {"tier": "1", "owner": "growth", "modelowners.incident": "INC-1"}
    registry = Registry(model)
    cursor = look(registry).cursor
    model.tags = {"tier": "2", "owner": "core", "modelowners.incident": "INC-2"}
    model.description = "what it does"
    batch = look(registry, cursor, after=1)
    assert [(c.kind.value, c.what) for c in batch.changes] == [
        ("ownership", "tag owner: growth -> core"),
        ("config", "tag tier: 1 -> 2"),
        ("config", "description: (none) -> what it does"),
    ]


def test_tags_of_old_versions_are_seen_within_the_hour() -> None:
    model = churn(1, 2)
    registry = Registry(model)
    cursor = look(registry).cursor
    model.versions["1"].tags["validated"] = "false"
    assert look(registry, cursor, after=1).changes == ()
    batch = look(registry, cursor, after=60)
    change = only(batch)
    assert change.what == "tag validated of version 1: (none) -> false"
    assert change.version == "1"


def test_a_model_deleted_and_one_made_anew() -> None:
    model = churn(1, alias=1)
    registry = Registry(model)
    first = look(registry)
    del registry.models["churn"]
    gone = look(registry, first.cursor, after=1)
    assert [(c.kind.value, c.what) for c in gone.changes] == [
        ("deploy", "champion is gone, it named version 1: the model was deleted"),
        ("config", "churn is gone from the registry"),
    ]
    assert look(registry, gone.cursor, after=2).changes == ()
    registry.models["churn"] = replace(churn(1, alias=1), born=model.born + 1)
    back = look(registry, gone.cursor, after=3)
    assert kinds(back) == ["note", "deploy"]
    assert not {c.id for c in back.changes} & {c.id for c in first.changes}
    swapped = look(registry, first.cursor, after=3)
    assert kinds(swapped) == ["deploy", "config", "note", "deploy"]


def test_entries_that_cannot_be_read_are_counted_and_nothing_vanishes() -> None:
    model = churn(1, alias=1)
    registry = Registry(model, Model("other"))
    cursor = look(registry).cursor
    registry.junk = [{"name": 7}, "x", {"name": "y", "aliases": 3}]
    del registry.models["churn"]  # its entry is among the unreadable ones
    batch = look(registry, cursor, after=1)
    assert batch.changes == ()
    assert batch.malformed == 3
    assert "3 entries of the registry could not be read" in batch.notes


def test_what_cannot_be_read_of_a_version_is_named() -> None:
    model = churn(1, 2)
    model.versions["2"].libraries = None
    model.versions["2"].run_is_there = False
    batch = look(Registry(model))
    assert "churn version 2: dependencies not readable" in batch.notes
    assert "churn version 2: training data not readable" in batch.notes
    assert kinds(batch) == ["note", "note"]


def test_a_server_that_refuses_a_part_still_tells_the_rest() -> None:
    registry = Registry(churn(1, 2))
    registry.refuses = ("runs/get",)
    batch = look(registry)
    assert [c.version for c in batch.changes] == ["1", "2"]
    assert "churn version 1: training data not readable" in batch.notes


def test_a_server_that_is_down_raises_and_moves_no_cursor() -> None:
    registry = Registry(churn(1))
    registry.is_down = True
    with pytest.raises(Unreachable, match="Connection refused"):
        look(registry)


def test_an_entry_that_is_none_does_not_hide_the_others() -> None:
    registry = Registry(churn(1), page=1)
    registry.junk = ["x"]
    batch = look(registry)
    assert (batch.malformed, kinds(batch)) == (1, ["note"])


def test_pages_are_walked_to_the_end() -> None:
    registry = Registry(*(Model(f"m{n}") for n in range(5)), churn(1), page=2)
    assert kinds(look(registry)) == ["note"]


def test_aliases_that_differ_in_case_are_two_and_told() -> None:
    model = churn(1, 2, alias=1)
    registry = Registry(model)
    cursor = look(registry).cursor
    model.aliases["Champion"] = "2"
    batch = look(registry, cursor, after=1)
    assert only(batch).path == "alias:Champion"
    assert "aliases of churn differ only in case: Champion, champion" in batch.notes


def test_models_of_no_asset_are_counted_and_absent_ones_named() -> None:
    registry = Registry(Model("a"), Model("b"))
    batch = look(registry)
    assert "the registry has no model churn" in batch.notes
    assert any(note.startswith("2 models of the registry") for note in batch.notes)


def test_a_model_that_appears_after_the_first_look_is_told_with_its_alias() -> None:
    registry = Registry()
    cursor = look(registry).cursor
    registry.models["churn"] = churn(1, alias=1)
    batch = look(registry, cursor, after=1)
    assert kinds(batch) == ["note", "deploy"]


def test_two_assets_of_one_model_each_get_the_alias_they_serve() -> None:
    shadow = asset_id("model:shadow")
    declared = {CHURN: CHAMPION, shadow: replace(CHAMPION, alias="challenger")}
    model = churn(1, 2, alias=1)
    model.aliases |= {"challenger": "1", "other": "1"}
    registry = Registry(model)
    cursor = source(registry, declared).read(None, now=T0).cursor
    model.aliases = {"champion": "2", "challenger": "2", "other": "2"}
    batch = source(registry, declared).read(cursor, now=T0 + MINUTE)
    assert {(c.path, c.asset) for c in batch.changes} == {
        ("alias:champion", CHURN),
        ("alias:challenger", shadow),
        ("alias:other", CHURN),
        ("alias:other", shadow),
    }


def test_an_asset_declared_later_is_told_the_versions_from_the_start() -> None:
    later = asset_id("model:later")
    model = churn(1, 2, alias=1)
    registry = Registry(model)
    cursor = look(registry).cursor
    model.aliases["champion"] = "2"
    declared = {CHURN: CHAMPION, later: replace(CHAMPION, alias=None)}
    batch = source(registry, declared).read(cursor, now=T0 + MINUTE)
    told = [(c.asset, c.kind.value) for c in batch.changes]
    assert told == [
        (later, "note"),
        (later, "note"),
        (later, "hyperparameter"),
        (CHURN, "deploy"),
    ]
    again = source(registry, declared).read(batch.cursor, now=T0 + 2 * MINUTE)
    assert again.changes == ()


def test_batches_cover_every_model_and_keep_each_ones_interval() -> None:
    names = [f"m{n}" for n in range(5)]
    models = []
    for name in names:
        model = Model(name, aliases={"champion": "1"})
        model.add(Version("1"), Version("2"))
        models.append(model)
    registry = Registry(*models)
    declared = {
        asset_id(f"model:{n}"): Registration(registry="mlflow", name=n) for n in names
    }
    cursor = source(registry, declared).read(None, now=T0).cursor
    for model in models:
        model.aliases["champion"] = "2"
    told: list[Change] = []
    for minute in range(1, 6):
        reader = source(registry, declared, batch_size=2)
        batch = reader.read(cursor, now=T0 + minute * MINUTE)
        told += batch.changes
        cursor = batch.cursor
        if batch.last:
            break
    assert [c.asset for c in told] == sorted(declared)
    starts = {c.observed_between.start for c in told if c.observed_between}
    assert starts == {T0}
    snapshot = Snapshot.parse(cursor)
    assert snapshot is not None
    assert snapshot.looked_at == T0 + 3 * MINUTE
    assert all(view.at is None for view in snapshot.models.values())


def test_only_the_newest_versions_are_told_at_first() -> None:
    batch = look(Registry(churn(*range(1, 31))))
    versions = {int(c.version) for c in batch.changes if c.version}
    assert versions == set(range(21, 31))


def test_the_cursor_is_the_same_bytes_for_the_same_registry() -> None:
    model = churn(1, 2, alias=1)
    model.tags = {"b": "1", "a": "2"}
    assert look(Registry(model)).cursor == look(Registry(model)).cursor
    assert Snapshot.parse(look(Registry(model)).cursor) is not None


def test_a_cursor_of_nonsense_starts_afresh() -> None:
    registry = Registry(churn(1))
    assert look(registry, "{}").changes == look(registry).changes


def test_the_secret_goes_to_the_server_and_nowhere_else() -> None:
    registry = Registry(churn(1, alias=1))
    server = Server(url=URL, instance="prod", token=REFERENCE)
    reader = MLflowChanges(
        Client(server, registry.outside()), declared={CHURN: CHAMPION}
    )
    batch = reader.read(None, now=T0)
    assert {dict(h)["authorization"] for h in registry.sent} == {"Bearer canary-token"}
    assert "canary" not in f"{batch}"


CATALOG = """\
version: 1
people: {ana: {email: ana@acme.example}}
owns:
  model:churn: {owner: ana, registry: "mlflow:churn@champion"}
  model:other: {owner: ana, registry: {mlflow: other, instance: lab}}
  model:plain: {owner: ana}
  model:sage: {owner: ana, registry: "sagemaker:x"}
"""


def write(folder: Path, text: str) -> Path:
    place = folder / "modelowners.yaml"
    place.write_text(text)
    return place


def test_the_ownership_file_says_which_servers_and_models(tmp_path: Path) -> None:
    section = """\
connectors:
  mlflow:
  - {url: "https://ml.acme.example", instance: prod, token: "${T}", gap: 60}
  - {url: "https://lab.acme.example", instance: lab}
"""
    catalog = load(write(tmp_path, CATALOG + section))
    prod, lab = change_sources(catalog, Outside())
    assert (prod.connector, prod.instance, lab.instance) == ("mlflow", "prod", "lab")
    assert sorted(registrations(catalog, "prod")) == ["model:churn"]
    assert sorted(registrations(catalog, "lab")) == ["model:churn", "model:other"]
    assert servers(catalog)[0].gap == 60.0


def test_without_a_server_there_is_no_source(tmp_path: Path) -> None:
    assert change_sources(load(write(tmp_path, CATALOG)), Outside()) == ()


def test_a_day_without_a_look_is_a_gap_and_an_hour_lists_all() -> None:
    registry = Registry(churn(1))
    cursor = look(registry).cursor
    registry.asked.clear()
    batch = source(registry).read(cursor, now=T0 + DAY)
    assert batch.gap is not None
    assert batch.gap.length == DAY
    assert len(registry.asked) == 2
    registry.asked.clear()
    source(registry).read(batch.cursor, now=T0 + DAY + HOUR - MINUTE)
    assert len(registry.asked) == 1
