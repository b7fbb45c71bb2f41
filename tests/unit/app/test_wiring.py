from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from modelowners.app.settings import Settings
from modelowners.app.wiring import (
    NoLog,
    Program,
    UnknownAsset,
    UnknownChange,
    UnknownPerson,
    UnknownRegistry,
)
from modelowners.connectors.registry import UnknownConnector
from modelowners.connectors.testing import Repository
from modelowners.core.errors import BadAssetId
from modelowners.core.ids import AssetId, ChangeId
from modelowners.core.time import DAY, VirtualClock, parse_instant
from modelowners.ledger.changes import Who
from modelowners.observations.logs import PredictionLog, Task
from modelowners.remediation.actions import Command
from modelowners.remediation.ports import Trigger

NOW = parse_instant("2026-06-10")
CATALOG = """\
version: 1
people:
  ann: {email: [Ann@Example.org, ann@home.org]}
teams: {ml: {lead: ann, members: [ann]}}
owns:
  model:eta:
    owner: ml
    code: [train/]
    needs: [dataset:raw/w]
    aliases: ["mlflow:eta"]
  dataset:raw/*: {owner: ml}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path)
    found.commit("start", {"modelowners.yaml": CATALOG}, at="2026-06-01T00:00Z")
    found.commit("fit", {"train/fit.py": "1"}, at="2026-06-02T00:00Z")
    return found


def program(repository: Repository, user: str | None = None) -> Program:
    folder = repository.folder
    settings = Settings(folder / "modelowners.yaml", folder / ".modelowners", user)
    return Program(settings, VirtualClock(NOW))


@pytest.fixture
def run(repository: Repository) -> Iterator[Program]:
    found = program(repository)
    yield found
    if "database" in vars(found):
        found.database.close()


@pytest.mark.parametrize(
    ("text", "asset"),
    [
        ("model:eta", "model:eta"),
        ("mlflow:eta", "model:eta"),
        ("dataset:raw/w", "dataset:raw/w"),
        ("dataset:raw/new", "dataset:raw/new"),
    ],
)
def test_assets_by_id_alias_need_and_pattern(
    run: Program, text: str, asset: str
) -> None:
    assert run.asset(text) == AssetId(asset)


def test_an_unknown_asset_names_the_nearest(run: Program) -> None:
    with pytest.raises(UnknownAsset, match='did you mean "model:eta"'):
        run.asset("model:etta")
    with pytest.raises(UnknownAsset) as caught:
        run.asset("service:something-else-entirely")
    assert "did you mean" not in str(caught.value)
    with pytest.raises(BadAssetId):
        run.asset("eta")


@pytest.mark.parametrize("raw", ["ann", "ann@example.org", "ANN@HOME.ORG"])
def test_a_person_by_name_or_address(run: Program, raw: str) -> None:
    assert run.person(raw) == Who("ann", raw)


def test_nobody_is_guessed(run: Program) -> None:
    assert run.person("Ann") == Who(None, "Ann")
    assert run.person("") == Who(None, None)


def test_who_acts(repository: Repository) -> None:
    assert program(repository).acting == Who(None, None)
    repository.git("config", "user.email", "ann@home.org")
    assert program(repository).acting == Who("ann", "ann@home.org")
    assert program(repository, "ann").acting == Who("ann", "ann")
    with pytest.raises(UnknownPerson, match='did you mean "ann"'):
        _ = program(repository, "anna").acting


def test_taking_in_reads_git(run: Program) -> None:
    (captured,) = run.take_in().captured
    assert (captured.connector, captured.added) == ("git", 1)
    (change,) = run.ledger.changes()
    assert run.existing_change(change.id) == change
    assert change.recorded_at == NOW
    assert run.take_in("git").captured[0].added == 0


def test_unknown_names_are_refused(run: Program) -> None:
    with pytest.raises(UnknownConnector):
        run.take_in("gitt")
    with pytest.raises(UnknownChange, match="chg_0"):
        run.existing_change(ChangeId("chg_0"))


def test_the_revision_in_force(run: Program, repository: Repository) -> None:
    first, is_new = run.record_revision()
    assert is_new
    assert first.commit == repository.git("rev-parse", "HEAD~1")
    assert first.in_force_from == parse_instant("2026-06-01")
    assert run.commit() == first.commit
    assert run.record_revision() == (first, False)
    repository.write("modelowners.yaml", CATALOG + "  dataset:more: {owner: ml}\n")
    later = program(repository)
    later.clock = VirtualClock(NOW + DAY)
    second, is_new = later.record_revision()
    later.database.close()
    assert is_new
    assert (second.commit, second.in_force_from) == (None, NOW + DAY)
    assert later.commit() is None


def test_asking_makes_no_state(run: Program) -> None:
    assert not run.has_state()
    assert not run.settings.state.exists()
    assert run.ledger.changes() == ()
    assert run.has_state()


def test_reading_a_log_makes_a_state_only_for_who_keeps(run: Program) -> None:
    onlooker = dataclasses.replace(run, keeps=False)
    for program, makes in ((onlooker, False), (run, True)):
        log = PredictionLog(
            asset=AssetId("model:eta"),
            root=run.catalog.root,
            source=("log.parquet",),
            columns={"prediction_id": "id", "ts": "at", "score": "p"},
            task=Task.REGRESSION,
        )
        with duckdb.connect() as writer:
            writer.execute(
                "COPY (SELECT 1 AS id, TIMESTAMP '2026-01-01' AS at, 0.5 AS p) "
                f"TO '{log.root / 'log.parquet'}' (FORMAT parquet)"
            )
        assert program.engine.describe(log).rows == 1
        assert run.has_state() is makes


def test_a_model_without_a_log_says_what_to_add(run: Program) -> None:
    with pytest.raises(NoLog, match="Add `predictions:"):
        run.log(AssetId("model:eta"))
    assert run.logs() == ()


def test_lineage_follows_needs(run: Program) -> None:
    assert run.lineage.upstream(AssetId("model:eta")) == {AssetId("dataset:raw/w"): 1}


def test_what_connectors_may_use_of_the_world_outside(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", "canary")
    found = program(repository)
    allowed = dataclasses.replace(found.settings, allow_private=("ml.internal",))
    outside = Program(allowed, found.clock).outside
    assert outside.clock is found.clock
    assert outside.secrets.resolve("${A_TOKEN}") == "canary"
    assert outside.transport._hosts == {"ml.internal"}


def test_a_rehearsal_starts_at_the_instant_it_names(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(repository.folder / "modelowners.yaml")
    monkeypatch.setenv("MODELOWNERS_NOW", "2013-11-11")
    assert Program.start(file=file).clock.now().year == 2013


def test_a_registry_that_is_not_set_up_is_named_with_where_to_declare_it(
    run: Program,
) -> None:
    assert run.registries == {}
    with pytest.raises(UnknownRegistry, match="sagemaker") as caught:
        run.registry("sagemaker")
    assert "connectors: {mlflow: {url: …}}" in str(caught.value)


def test_what_an_owner_declares_runs_beside_the_file(run: Program) -> None:
    trigger: Trigger = run.trigger
    done = trigger.run(Command(name="reload", argv=("ls", "modelowners.yaml")))
    assert done.output == "modelowners.yaml\n"
