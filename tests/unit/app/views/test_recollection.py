"""What an incident's log keeps comes back as what was diagnosed; nothing else does."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import FLEET, GUILTY, MODEL, ONSET, WEATHER, cause, diagnosis
from page_desks import PageDesk

from modelowners.app.views.recollection import recall
from modelowners.core.ids import ChangeId
from modelowners.diagnosis.causes import (
    Against,
    CauseKind,
    Diagnosis,
    RepairPlan,
    SegmentHarm,
)
from modelowners.incidents.dossier import dossier
from modelowners.incidents.incident import Incident
from modelowners.ledger.changes import Change


def find(name: ChangeId) -> Change | None:
    return GUILTY if name == GUILTY.id else None


@pytest.fixture
def whole() -> Diagnosis:
    """A diagnosis with something in every field that is kept."""
    sure = replace(
        cause(0.8, change=GUILTY),
        segment={"vendor": "2"},
        share=0.6,
        against=(Against(text="loud", kind=CauseKind.COVARIATE_SHIFT, column="wind"),),
        repair=RepairPlan(action="convert back", harm_after=0.31),
    )
    found = diagnosis(sure, cause(0.1, asset=FLEET, team="fleet", person="fay", rank=2))
    assert found.symptom is not None
    segment = SegmentHarm(where={"vendor": "2"}, before=0.3, after=0.5, rows=40)
    return replace(
        found,
        symptom=replace(found.symptom, segments=(segment,)),
        unexplained=0.2,
        not_looked_at=("no scorer",),
    )


@pytest.fixture
def incident(tmp_path_factory: pytest.TempPathFactory) -> Incident:
    desk = PageDesk(tmp_path_factory.mktemp("desk"))
    return desk.open()


def kept(incident: Incident, found: Diagnosis) -> Incident:
    document = json.loads(json.dumps(dossier(found, [GUILTY])))
    return replace(incident, diagnosis=document)


def test_a_diagnosis_comes_back_as_it_was(whole: Diagnosis, incident: Incident) -> None:
    found = recall(kept(incident, whole), find=find)
    assert found is not None
    assert found.diagnosis == whole
    assert found.changes == {GUILTY.id: GUILTY}
    assert found.as_of == incident.diagnosed_at


def test_without_a_symptom_it_comes_back_too(incident: Incident) -> None:
    found = recall(kept(incident, diagnosis(cause(0.9), sick=False)), find=find)
    assert found is not None
    assert found.diagnosis.symptom is None
    assert [one.asset for one in found.diagnosis.causes] == [WEATHER]


def test_a_change_the_ledger_lacks_is_left_out(
    whole: Diagnosis, incident: Incident
) -> None:
    found = recall(kept(incident, whole), find=lambda _: None)
    assert found is not None
    assert found.changes == {}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"window": None},
        {"window": {"from": "x", "to": "y"}},
        {"window": {"from": "2026-06-01", "to": "2026-06-02"}},
        {"reference": {"from": "2026-06-01", "to": "2026-06-02"}},
    ],
)
def test_a_foreign_incident_has_no_diagnosis_of_ours(
    incident: Incident, document: dict[str, object]
) -> None:
    assert recall(replace(incident, diagnosis=document), find=find) is None


def test_a_kind_of_a_later_release_is_left_out(
    whole: Diagnosis, incident: Incident
) -> None:
    document = json.loads(json.dumps(dossier(whole, [])))
    document["causes"][0]["kind"] = "of_the_future"
    found = recall(replace(incident, diagnosis=document), find=find)
    assert found is not None
    assert [one.rank for one in found.diagnosis.causes] == [2]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.data())
def test_anything_in_a_dossier_is_read_without_failing(
    incident_once: Incident, data: st.DataObject
) -> None:
    """A log of a later release may hold anything: a page must still be given."""
    document = json.loads(json.dumps(dossier(diagnosis(cause(0.9)), [GUILTY])))
    target: object = document
    for _ in range(4):
        if isinstance(target, dict) and target:
            key = data.draw(st.sampled_from(sorted(target)))
            if data.draw(st.booleans()):
                target[key] = data.draw(values)
                break
            target = target[key]
        elif isinstance(target, list) and target:
            target = target[0]
    found = recall(replace(incident_once, diagnosis=document), find=find)
    if found is not None:
        assert found.diagnosis.model == MODEL
        assert all(c.onset.at.tzinfo is not None for c in found.diagnosis.causes)


@pytest.fixture(scope="module")
def incident_once(tmp_path_factory: pytest.TempPathFactory) -> Incident:
    return PageDesk(tmp_path_factory.mktemp("once")).open()


def test_onsets_come_back_exactly(incident: Incident) -> None:
    found = recall(kept(incident, diagnosis(cause(0.9))), find=find)
    assert found is not None
    assert found.diagnosis.causes[0].onset == ONSET
