"""Grouping: one incident per trouble while it lasts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import (
    NOON,
    WEATHER,
    cause,
    diagnosis,
    finding,
    read_catalog,
    sighting,
)

from modelowners.core.ids import IncidentId
from modelowners.detection.findings import FindingClass
from modelowners.incidents import assemble, open_incident
from modelowners.incidents.grouping import SYMPTOM_CLASS, earlier, joined, symptom_class
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.notices import address_book

NO_CAUSE = {"asset": None, "kind": None}


@pytest.fixture
def incident(tmp_path: Path) -> Incident:
    catalog = read_catalog(tmp_path)
    entries = open_incident(sighting(catalog, cause(0.9)))
    book = address_book(catalog.organisation, sinks=("console",))
    name = IncidentId("INC-1")
    return assemble(None, entries, incident=name, book=book, at=NOON).after


def test_harm_makes_the_class_quality() -> None:
    drift = finding(kind=FindingClass.DRIFT)
    assert symptom_class(diagnosis(), [drift]) == "quality"


@pytest.mark.parametrize("kind", list(FindingClass))
def test_every_class_of_finding_has_a_class_of_symptom(kind: FindingClass) -> None:
    unsure = diagnosis(state="not yet measurable")
    assert symptom_class(unsure, [finding(kind=kind)]) == SYMPTOM_CLASS[kind]


def test_a_broken_input_outranks_a_louder_drift() -> None:
    unsure = diagnosis(state="not yet measurable")
    loud = finding(kind=FindingClass.DRIFT, score=50.0)
    broken = finding(kind=FindingClass.FRESHNESS, score=2.0, broken=True)
    assert symptom_class(unsure, [loud, broken]) == "freshness"
    assert symptom_class(unsure, []) == "quality"


def test_the_same_class_joins(incident: Incident) -> None:
    found = joined([incident], symptom="quality", findings=(), cause=NO_CAUSE)
    assert found == incident


def test_a_shared_finding_joins_though_the_class_changed(incident: Incident) -> None:
    ids = incident.findings
    assert joined([incident], symptom="data", findings=ids, cause=NO_CAUSE) == incident


def test_the_same_cause_joins(incident: Incident) -> None:
    same = {"asset": WEATHER, "kind": "unit_or_scale_change"}
    assert joined([incident], symptom="data", findings=("x",), cause=same) == incident
    other = {**same, "kind": "offset"}
    assert joined([incident], symptom="data", findings=("x",), cause=other) is None


def test_two_unknown_causes_are_not_the_same(incident: Incident) -> None:
    unknown = replace(incident, proposed=NO_CAUSE)
    assert joined([unknown], symptom="data", findings=("x",), cause=NO_CAUSE) is None


@pytest.mark.parametrize("state", list(State))
def test_only_the_unresolved_are_joined(incident: Incident, state: State) -> None:
    one = replace(incident, state=state)
    found = joined([one], symptom="quality", findings=(), cause=NO_CAUSE)
    lasting = state in {State.OPEN, State.ACKNOWLEDGED, State.MITIGATED}
    assert (found is not None) == lasting


def test_the_newest_finished_one_of_the_class_came_before(incident: Incident) -> None:
    old = replace(incident, id=IncidentId("INC-1"), state=State.CLOSED)
    new = replace(incident, id=IncidentId("INC-2"), state=State.RESOLVED)
    other = replace(new, id=IncidentId("INC-3"), symptom_class="data")
    assert earlier([old, new, other, incident], symptom="quality") == new
    assert earlier([incident], symptom="quality") is None
