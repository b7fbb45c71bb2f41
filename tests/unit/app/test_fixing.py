"""Fixing: pure parts; the whole is in `tests/integration/test_fixing.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import (
    MODEL,
    WEATHER,
    World,
    cause,
    diagnosis,
    finding,
    read_catalog,
)

from modelowners.app.fixing import trouble_of
from modelowners.app.loop import turn
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.incident import Incident


@pytest.fixture
def incident(tmp_path: Path) -> Incident:
    world = World(read_catalog(tmp_path))
    world.answers[MODEL] = (diagnosis(cause(0.9)), (finding(),))
    turn(world, as_of=world.clock.now())
    (found,) = world.incidents.within()
    return found


def test_the_proposed_cause_is_mended_until_one_is_confirmed(
    incident: Incident,
) -> None:
    found = trouble_of(incident)
    assert (found.asset, found.kind) == (WEATHER, CauseKind.UNIT_OR_SCALE_CHANGE)
    assert (found.model, found.confirmed) == (MODEL, False)
    confirmed = {"asset": "model:eta", "kind": "bad_retrain", "category": "model"}
    found = trouble_of(replace(incident, confirmed=confirmed))
    assert (found.asset, found.kind) == (MODEL, CauseKind.BAD_RETRAIN)
    assert found.confirmed


@pytest.mark.parametrize("kind", [None, "of_a_later_release", ""])
def test_a_kind_that_is_not_known_is_unknown(
    kind: str | None, incident: Incident
) -> None:
    found = trouble_of(replace(incident, proposed={"kind": kind}))
    assert (found.asset, found.kind) == (MODEL, CauseKind.UNKNOWN)
