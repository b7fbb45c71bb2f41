"""The context packet: same log, same bytes; small; honest about its gaps."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import FLEET, GUILTY, NOON, World, cause, read_catalog

from modelowners.app.loop import turn
from modelowners.core.ids import IncidentId, digest
from modelowners.incidents import fold
from modelowners.incidents.fixes import Fix, FixState
from modelowners.incidents.packet import MAX_BYTES, NOT_LOOKED, packet
from modelowners.incidents.signals import Alert


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.ledger.append([GUILTY])
    world.make_sick(
        cause(0.85, change=GUILTY),
        cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2),
    )
    turn(world, as_of=NOON)
    return world


def test_golden(world: World, golden: Callable[[str, str], None]) -> None:
    found = packet(world.incidents.get("INC-1"))
    # The catalog's folder is in no packet, so the bytes are the same anywhere.
    golden("packet.json", json.dumps(found.document, indent=1, ensure_ascii=False))


def test_the_same_log_prefix_gives_the_same_bytes(world: World) -> None:
    events = world.incidents.history(IncidentId("INC-1"))
    for end in range(1, len(events) + 1):
        one, two = (packet(fold(events[:end])) for _ in range(2))
        assert one.body == two.body
        assert one.hash == two.hash
        assert len(one.body) <= MAX_BYTES


def test_the_hash_is_of_the_document_without_it(world: World) -> None:
    found = packet(world.incidents.get("INC-1"))
    rest = {key: value for key, value in found.document.items() if key != "hash"}
    assert digest(rest) == found.hash == found.document["hash"]
    assert json.loads(found.body) == found.document


def test_it_is_stored_at_opening_and_at_each_change_of_holder(world: World) -> None:
    (first,) = world.incidents.packets(IncidentId("INC-1"))
    revision, stored, document = first
    events = world.incidents.history(IncidentId("INC-1"))
    again = packet(fold(events[:revision]))
    assert (again.hash, again.document) == (stored, document)


def test_what_was_not_looked_at_is_said(world: World) -> None:
    unknown = packet(world.incidents.get("INC-1")).document["unknown"]
    assert isinstance(unknown, list)
    assert not set(NOT_LOOKED.values()) & set(unknown), "the loop looked at all"
    bare = replace(world.incidents.get("INC-1"), diagnosis={})
    said = packet(bare).document["unknown"]
    assert said == list(NOT_LOOKED.values())


def test_an_incident_without_diagnosis_has_a_packet(world: World) -> None:
    bare = replace(world.incidents.get("INC-1"), diagnosis={}, route={})
    document = packet(bare).document
    assert document["causes"] == []
    assert document["symptom"] is None


def test_it_stays_small_whatever_is_thrown_at_it(world: World) -> None:
    found = world.incidents.get("INC-1")
    causes = found.diagnosis["causes"]
    assert isinstance(causes, list)
    # As large as a dossier may be, in characters of four bytes each.
    filler = {**found.diagnosis, "weaknesses_matched": ["\U0001f4a5" * 11_000]}
    alert = Alert(
        source="alertmanager",
        fingerprint="f" * 16,
        title="\U0001f4a5" * 200,
        started=NOON,
        first_seen=NOON,
    )
    fix = Fix(
        plan="fix_1",
        action="\U0001f4a5" * 5000,
        asset="model:eta",
        state=FixState.PLANNED,
        at=NOON,
        who_may=tuple(f"person-{n}" for n in range(500)),
    )
    crowded = replace(
        found, diagnosis=filler, signals=(alert,) * 500, fixes=(fix,) * 500
    )
    made = packet(crowded)
    assert len(made.body) <= MAX_BYTES
    shown = made.document["alerts"], made.document["fixes"]
    assert [len(some) for some in shown if isinstance(some, list)] == [10, 5]
    fuller = {**filler, "weaknesses_matched": ["\U0001f4a5" * 15_000]}
    tight = packet(replace(crowded, diagnosis=fuller))
    assert len(tight.body) <= MAX_BYTES
    assert tight.document["alerts"] == []
    assert "left out for want of room: alerts" in str(tight.document["unknown"])


def test_fixes_are_shown_with_who_may_apply_them(world: World) -> None:
    fix = Fix(
        plan="fix_1",
        action="alias to 3",
        asset="model:eta",
        state=FixState.PLANNED,
        at=NOON,
        gates="pass",
        who_may=("cy",),
    )
    found = replace(world.incidents.get("1"), fixes=(fix,))
    assert packet(found).document["fixes"] == [
        {
            "plan": "fix_1",
            "action": "alias to 3",
            "asset": "model:eta",
            "state": "planned",
            "gates": "pass",
            "who_may": ["cy"],
        }
    ]
