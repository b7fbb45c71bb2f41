"""Our incidents as Alertmanager's alerts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import NOON, World, cause, read_catalog
from jsonschema import Draft202012Validator

from modelowners.app.loop import turn
from modelowners.connectors.alertmanager.alerts import LASTS, write_alert
from modelowners.connectors.alertmanager.posts import parse, read_alerts
from modelowners.core.time import HOUR, format_instant
from modelowners.incidents.incident import Incident, State
from modelowners.incidents.severity import Severity
from modelowners.incidents.tenures import Holder

LABELS = {"type": "object", "additionalProperties": {"type": "string"}}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
POSTABLE = {
    "type": "object",
    "properties": {
        "labels": LABELS,
        "annotations": LABELS,
        "startsAt": INSTANT,
        "endsAt": INSTANT,
        "generatorURL": {"type": "string"},
    },
    "required": ["labels"],
    "additionalProperties": False,
}
"""prometheus/alertmanager, api/v2/openapi.yaml, postableAlert."""


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Incident:
    folder: Path = tmp_path_factory.mktemp("world")
    world = World(read_catalog(folder))
    world.make_sick(cause(0.9))
    turn(world, as_of=NOON)
    return world.incidents.get("INC-1")


def labels(incident: Incident) -> object:
    alert = write_alert(incident, at=NOON)
    assert alert is not None
    return alert["labels"]


def test_an_alert_names_incident_model_owner_and_severity(incident: Incident) -> None:
    alert = write_alert(incident, at=NOON + HOUR)
    assert alert is not None
    assert alert["labels"] == {
        "alertname": "ModelIncident",
        "incident": "INC-1",
        "model": "eta",
        "asset": "model:eta",
        "owner": "feeds",
        "severity": "warning",
    }
    assert alert["annotations"] == {
        "summary": incident.headline,
        "state": "open",
        "cause": "unit_or_scale_change of dataset:weather",
    }
    assert alert["startsAt"] == format_instant(NOON)
    assert alert["endsAt"] == format_instant(NOON + HOUR + LASTS)


def test_the_same_incident_keeps_its_labels_from_turn_to_turn(
    incident: Incident,
) -> None:
    later = replace(incident, state=State.ACKNOWLEDGED, headline="surer now")
    assert labels(later) == labels(incident)


@pytest.mark.parametrize("state", [State.RESOLVED, State.MERGED, State.DISMISSED])
def test_what_ended_lately_ends_there_and_is_then_left_out(
    incident: Incident, state: State
) -> None:
    over = replace(incident, state=state, changed_at=NOON)
    alert = write_alert(over, at=NOON + LASTS)
    assert alert is not None
    assert alert["endsAt"] == format_instant(NOON)
    assert write_alert(over, at=NOON + LASTS + timedelta(seconds=1)) is None


def test_what_never_pages_is_no_alert(incident: Incident) -> None:
    assert write_alert(replace(incident, pages=False), at=NOON) is None


def test_what_another_incident_absorbed_is_no_alert(incident: Incident) -> None:
    absorbed = replace(incident, absorbed_into=incident.id)
    assert write_alert(absorbed, at=NOON) is None


def test_it_is_known_as_ours_when_it_comes_back(incident: Incident) -> None:
    alert = {**(write_alert(incident, at=NOON) or {}), "status": "firing"}
    body = json.dumps({"version": "4", "alerts": [alert]}).encode()
    reading = read_alerts(parse(body), receipt="1", at=NOON)
    assert reading.signals == ()
    assert reading.notes == ("1 alerts are our own and open nothing",)


@given(
    st.text(),
    st.sampled_from(Severity),
    st.one_of(st.none(), st.text(max_size=20)),
)
def test_any_incident_fits_the_schema(
    incident: Incident, headline: str, severity: Severity, team: str | None
) -> None:
    tenure = replace(incident.tenure, holder=Holder(team, None))
    changed = replace(incident, headline=headline, severity=severity, tenures=(tenure,))
    alert = json.loads(json.dumps(write_alert(changed, at=NOON)))
    errors = Draft202012Validator(POSTABLE).iter_errors(alert)
    assert [error.message for error in errors] == []
    assert all(alert["labels"].values()), "an empty label is none"
