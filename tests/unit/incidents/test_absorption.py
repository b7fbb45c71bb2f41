"""Absorption: what one incident explains. Whole stories are in `test_fan_in.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import (
    FLEET,
    MODEL,
    NOON,
    ONSET,
    OWNERSHIP,
    WEATHER,
    World,
    cause,
    read_catalog,
    sighting,
)

from modelowners.app.loop import turn
from modelowners.catalog.files import Catalog
from modelowners.core.ids import IncidentId, asset_id
from modelowners.core.time import DAY, HOUR, Onset
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents import absorb, release
from modelowners.incidents.absorption import (
    RELEASES,
    explained_by,
    explaining,
    explains,
    is_over,
)
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.sightings import Sighting

OTHER = asset_id("model:fare")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    more = "  model:fare: {owner: risk, needs: [dataset:weather]}\n"
    return read_catalog(tmp_path, OWNERSHIP + more)


@pytest.fixture
def parent(catalog: Catalog) -> Incident:
    """An incident of eta, whose likeliest cause is in the weather."""
    world = World(catalog)
    world.make_sick(cause(0.7))
    turn(world, as_of=NOON)
    return world.incidents.get("1")


def seen(catalog: Catalog, *causes: object) -> Sighting:
    found = sighting(catalog, *causes)  # type: ignore[arg-type]  # causes
    diagnosis = replace(found.diagnosis, model=OTHER)
    whose = {**found.ownership, OTHER: found.ownership[MODEL]}
    return replace(found, diagnosis=diagnosis, ownership=whose)


def finds(catalog: Catalog, parent: Incident, sighting: Sighting) -> bool:
    lineage = catalog.lineage()
    return explaining([parent], sighting, lineage=lineage) is parent


def test_a_sure_cause_upstream_explains(catalog: Catalog, parent: Incident) -> None:
    assert explained_by(parent) == WEATHER
    assert finds(catalog, parent, seen(catalog, cause(0.3)))
    assert finds(catalog, parent, seen(catalog)), "no cause of its own is no other"


@pytest.mark.parametrize(("probability", "enough"), [(0.6, True), (0.59, False)])
def test_what_is_proposed_must_be_sure_enough(
    catalog: Catalog, parent: Incident, probability: float, enough: bool
) -> None:
    proposed = {**parent.proposed, "probability": probability}
    one = replace(parent, proposed=proposed)
    assert finds(catalog, one, seen(catalog)) == enough
    confirmed = replace(one, confirmed={"asset": WEATHER})
    assert finds(catalog, confirmed, seen(catalog)), "a person's word is sure"


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.RESOLVED},
        {"state": State.DISMISSED},
        {"absorbed_into": IncidentId("INC-9")},
        {"storm": True},
        {"model": OTHER},
        {"confirmed": {"asset": FLEET}},
    ],
)
def test_what_does_not_explain(
    catalog: Catalog, parent: Incident, change: dict[str, object]
) -> None:
    one = replace(parent, **change)  # type: ignore[arg-type]  # by name
    assert not finds(catalog, one, seen(catalog))


def test_its_own_other_cause_is_believed(catalog: Catalog, parent: Incident) -> None:
    own = cause(0.4, asset=MODEL, kind=CauseKind.CONCEPT_SHIFT)
    assert not finds(catalog, parent, seen(catalog, own))
    assert not explains(parent, seen(catalog, own))
    assert explains(parent, seen(catalog, cause(0.4)))
    lost = replace(parent, proposed={}, confirmed=None)
    assert not explains(lost, seen(catalog, cause(0.4)))


def test_onsets_must_overlap(catalog: Catalog, parent: Incident) -> None:
    def began(low: Onset | None) -> Incident:
        return replace(parent, times=replace(parent.times, began=low))

    touching = Onset(ONSET.high + HOUR, ONSET.high, ONSET.high + 2 * HOUR)
    assert finds(catalog, began(touching), seen(catalog))
    apart = Onset(ONSET.at + DAY, ONSET.low + DAY, ONSET.high + DAY)
    assert not finds(catalog, began(apart), seen(catalog))
    assert not finds(catalog, began(None), seen(catalog)), "unknown overlaps nothing"


def test_the_oldest_explains(catalog: Catalog, parent: Incident) -> None:
    second = replace(parent, id=IncidentId("INC-2"))
    found = explaining([parent, second], seen(catalog), lineage=catalog.lineage())
    assert found is parent


def test_absorbing_opens_without_a_page(catalog: Catalog, parent: Incident) -> None:
    entries = absorb(None, seen(catalog, cause(0.9)), parent)
    assert [str(entry.draft.kind) for entry in entries] == [
        "incident.opened",
        "onset.estimated",
        "cause.proposed",
        "absorbed",
    ]
    (tell,) = [tell for entry in entries for tell in entry.tells]
    assert tell.kind.value == "note"
    assert "INC-1 explains it" in tell.why
    (entry,) = absorb(parent, seen(catalog), replace(parent, id=IncidentId("INC-0")))
    assert entry.draft.body["into"] == "INC-0"


@pytest.mark.parametrize("state", list(State))
def test_an_explanation_ends_ten_minutes_after_its_own_end(
    parent: Incident, state: State
) -> None:
    times = replace(parent.times, resolved=NOON)
    one = replace(parent, state=state, times=times)
    finished = state in {State.RESOLVED, State.CLOSED}
    assert is_over(one, NOON + RELEASES) == (finished or state is State.DISMISSED)
    early = NOON + RELEASES - timedelta(seconds=1)
    assert is_over(one, early) == (state is State.DISMISSED)


def test_a_release_routes_by_its_own_diagnosis(
    catalog: Catalog, parent: Incident
) -> None:
    child = replace(parent, id=IncidentId("INC-2"), absorbed_into=parent.id)
    fleet = cause(0.9, team="fleet", person="fay", asset=FLEET)
    released, routed = release(child, seen(catalog, fleet), parent=parent)
    assert released.draft.body["why"] == "INC-1 does not explain it"
    assert routed.draft.body["to"] == {"team": "fleet", "person": "fay"}
    over = replace(parent, state=State.DISMISSED)
    released, routed = release(
        replace(child, refused=("team:fleet",)), seen(catalog, fleet), parent=over
    )
    assert "although INC-1 is dismissed" in str(released.draft.body["why"])
    assert routed.draft.body["to"] == {"team": "risk", "person": "ana"}
