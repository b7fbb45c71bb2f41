"""
Every kind of cause in one world of real flights: whose it was, and who was spared.

A world holds six weeks of logged predictions before a fault and two after it.
One seed a kind, chosen among those answered right: a scenario only guards what is
right today and says nothing about how often. The benchmark
(`benchmarks/diagnosis`) has the full picture, with the misses of every kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from modelowners.app.debugging import debug
from modelowners.app.investigation import Investigation
from modelowners.app.wiring import Program
from modelowners.core.ids import asset_id
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.severity import grade

if TYPE_CHECKING:
    from worlds import World


class Scene(Protocol):
    """What `make_scene` gives: a world on disk and the program over it."""

    @property
    def world(self) -> World:
        """With the truth about it."""
        ...

    @property
    def program(self) -> Program:
        """Its clock at the world's end, its ledger filled."""
        ...


MakeScene = Callable[[str, int], Scene]


def look(scene: Scene) -> Investigation:
    """Ask as `modelowners debug` does, two days after the world's end."""
    model = asset_id(scene.world.truth["model"])
    found = debug(scene.program, model, as_of=scene.program.clock.now())
    scene.program.database.close()
    return found


def pages(found: Investigation) -> bool:
    """Tell whether the loop would page: only of what is worse, or broken, now."""
    sick = found.diagnosis.symptom is not None
    return sick and grade(found.diagnosis, found.findings, tier=2).pages


QUICK = [
    (CauseKind.MISSING_VALUES, 0),
    (CauseKind.UNIT_OR_SCALE_CHANGE, 0),
    (CauseKind.TYPE_CHANGE, 0),
    (CauseKind.BAD_RETRAIN, 1),
]
"""In `make test`: one of each sort, data twice, its type, the model."""

THOROUGH = [
    (CauseKind.DEFAULT_FILL, 1),
    (CauseKind.OFFSET, 1),
    (CauseKind.CLOCK_SHIFT, 0),
    (CauseKind.CATEGORY_RENAMED, 1),
    (CauseKind.NEW_CATEGORY, 0),
    (CauseKind.STALE_OR_FROZEN, 0),
    (CauseKind.ROWS_LOST, 1),
    (CauseKind.DUPLICATED_ROWS, 0),
    (CauseKind.SCHEMA_CHANGE, 0),
    (CauseKind.RELATION_BROKEN, 0),
    (CauseKind.COLUMN_SWAP, 0),
    (CauseKind.CORRUPTED_VALUES, 0),
    (CauseKind.LABEL_FAULT, 0),
    (CauseKind.CONCEPT_SHIFT, 0),
    (CauseKind.WRONG_VERSION_SERVED, 3),
]

MISSED = [
    (
        CauseKind.COVARIATE_SHIFT,
        2,
        (
            "of seeds 0 to 7, six show no symptom: hard days are within the season's "
            "own; in two the hard weather itself is taken for a broken input"
        ),
    ),
    (
        CauseKind.WEAK_SEGMENT,
        3,
        (
            "the rows that the growing slice displaces are taken for lost, or its "
            "carrier for a default"
        ),
    ),
]
"""What no seed tried gets right, and what is answered instead."""

QUICK_ALIKE = ["no_fault", "growing_fleet"]
THOROUGH_ALIKE = [
    "hot_month",
    "holiday",
    "new_product",
    "marked_retries",
    "dry_spell",
    "innocent_deploy",
]

ALARMING = [
    (
        "restless_season",
        0,
        "days that are harder to predict are paged as a changed world; nothing broke",
    ),
    ("restless_season", 1, "the same, seen in one airport's flights only"),
    (
        "dry_spell",
        1,
        (
            "humidity and pressure that keep together otherwise in dry air are taken "
            "for a broken relation: not paged, but the weather's owner would be told"
        ),
    ),
]
"""Where somebody is alarmed and should not be, and with what."""


def cases() -> list[Any]:  # pytest keeps the type of its parameters to itself
    found: list[Any] = [pytest.param(kind, seed, id=kind.value) for kind, seed in QUICK]
    found += [
        pytest.param(kind, seed, id=kind.value, marks=pytest.mark.slow)
        for kind, seed in THOROUGH
    ]
    for kind, seed, why in MISSED:
        miss = pytest.mark.xfail(reason=why, raises=AssertionError, strict=True)
        marks = (pytest.mark.slow, miss)
        found.append(pytest.param(kind, seed, id=kind.value, marks=marks))
    return found


@pytest.mark.parametrize(("kind", "seed"), cases())
def test_the_guilty_comes_first_and_is_told(
    make_scene: MakeScene, kind: CauseKind, seed: int
) -> None:
    scene = make_scene(kind.value, seed)
    truth = scene.world.truth
    found = look(scene)
    assert found.diagnosis.symptom is not None
    cause = found.diagnosis.causes[0]
    assert cause.kind.value in {truth["kind"], *truth["kinds"]}
    assert cause.asset in truth["assets"]
    assert not truth["columns"] or set(cause.columns) & set(truth["columns"])
    assert cause.owner.team in truth["teams"]
    for notice in found.diagnosis.notified_would_be:
        if notice.role == "owner of the cause":
            assert notice.person == cause.owner.person


def quiet_worlds() -> list[Any]:
    found: list[Any] = [pytest.param(kind, 0, id=kind) for kind in QUICK_ALIKE]
    found += [
        pytest.param(kind, 0, id=kind, marks=pytest.mark.slow)
        for kind in THOROUGH_ALIKE
    ]
    for kind, seed, why in ALARMING:
        alarm = pytest.mark.xfail(reason=why, raises=AssertionError, strict=True)
        marks = (pytest.mark.slow, alarm)
        found.append(pytest.param(kind, seed, id=f"{kind}-{seed}", marks=marks))
    return found


@pytest.mark.parametrize(("kind", "seed"), quiet_worlds())
def test_what_only_looks_like_a_fault_pages_nobody(
    make_scene: MakeScene, kind: str, seed: int
) -> None:
    found = look(make_scene(kind, seed))
    assert not pages(found)
    assert found.diagnosis.notified_would_be == ()
