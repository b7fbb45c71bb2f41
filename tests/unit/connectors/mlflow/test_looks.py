from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from registry_worlds import URL, Model, Registry, Version, answer

from modelowners.connectors.mlflow.client import Client, ModelVersion
from modelowners.connectors.mlflow.looks import WHOLE, Findings, Look
from modelowners.connectors.mlflow.servers import Server
from modelowners.connectors.mlflow.snapshots import ModelView, Snapshot
from modelowners.connectors.transport import Response
from modelowners.core.time import HOUR, TimeWindow, parse_instant

T0 = parse_instant("2026-06-01")
MINUTE = timedelta(minutes=1)


def client(registry: Registry) -> Client:
    return Client(Server(url=URL, instance="prod"), registry.outside())


def churn() -> Model:
    model = Model("churn", aliases={"champion": "1"})
    model.add(Version("1"), Version("2"))
    return model


def first(registry: Registry) -> Snapshot:
    """Look once, and keep the one model as it is."""
    look = Look(client(registry), None, T0)
    found = Snapshot.parse(
        look.snapshot({"churn": look.view("churn")}, names=["churn"])
    )
    assert found is not None
    return found


class Halved(Registry):
    """A registry of which a listing of versions holds entries that are none."""

    def _answer(self, path: str, asked: Mapping[str, str]) -> Response:
        if path.endswith("model-versions/search"):
            known = {"name": "churn", "version": "2"}
            return answer(200, {"model_versions": [known, {"name": 3}]})
        return super()._answer(path, asked)


def test_nothing_changed_between_two_looks_at_the_same() -> None:
    registry = Registry(churn())
    again = Look(client(registry), first(registry), T0 + MINUTE)
    assert not again.changed("churn")
    assert again.since("churn") == T0
    assert not again.is_whole


def test_all_versions_are_listed_at_first_and_once_an_hour() -> None:
    registry = Registry(churn())
    old = first(registry)
    assert Look(client(registry), None, T0).is_whole
    assert not Look(client(registry), old, T0 + WHOLE - MINUTE).is_whole
    assert Look(client(registry), old, T0 + WHOLE).is_whole


def test_a_version_that_cannot_be_read_is_not_gone() -> None:
    old = first(Registry(churn()))
    look = Look(client(Halved(churn())), old, T0 + HOUR)
    assert set(look.view("churn").versions) == {"1", "2"}
    assert look.malformed == 1


def test_a_model_that_cannot_be_read_is_as_it_was() -> None:
    old = first(Registry(churn()))
    broken = Registry()
    broken.junk = [{"name": 7}]
    look = Look(client(broken), old, T0 + MINUTE)
    assert not look.changed("churn")
    assert look.view("churn") == look.before("churn")
    gone = Look(client(Registry()), old, T0 + MINUTE)
    assert gone.changed("churn")
    assert gone.view("churn") == ModelView(there=False)


def test_a_snapshot_counts_for_all_only_once_all_that_changed_was_told() -> None:
    one, two = Model("a"), Model("b")
    registry = Registry(one, two)
    look = Look(client(registry), None, T0)
    views = {name: look.view(name) for name in ("a", "b")}
    old = Snapshot.parse(look.snapshot(views, names=["a", "b"]))
    assert old is not None
    for model in (one, two):
        model.tags["x"] = "y"
    look = Look(client(registry), old, T0 + MINUTE)
    half = Snapshot.parse(look.snapshot({"a": look.view("a")}, names=["a", "b"]))
    assert half is not None
    assert half.looked_at == T0
    whole = {name: look.view(name) for name in ("a", "b")}
    done = Snapshot.parse(look.snapshot(whole, names=["a", "b"]))
    assert done is not None
    assert done.looked_at == T0 + MINUTE
    fewer = Snapshot.parse(look.snapshot(whole, names=["a"]))
    assert fewer is not None
    assert list(fewer.models) == ["a"], "a model no longer declared is forgotten"


def test_a_gap_is_what_is_longer_than_it_should_be() -> None:
    registry = Registry(churn())
    look = Look(client(registry), first(registry), T0 + HOUR)
    assert look.gap(HOUR) is None
    assert look.gap(HOUR - MINUTE) == TimeWindow(T0, T0 + HOUR)
    assert Look(client(registry), None, T0).gap(MINUTE) is None


def test_what_made_a_version_is_asked_once_and_what_is_missing_named() -> None:
    registry = Registry(churn())
    registry.models["churn"].versions["1"].libraries = None
    findings = Findings(client(registry))
    version = ModelVersion(
        name="churn", version="1", run_id="churn-run-1", source="models:/m-churn-1"
    )
    told = findings.of(version)
    asked = len(registry.asked)
    assert findings.of(version) is told
    assert len(registry.asked) == asked
    assert list(findings.notes()) == ["churn version 1: dependencies not readable"]
