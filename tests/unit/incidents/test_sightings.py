"""Sightings: what one turn knows about one model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import (
    MODEL,
    NOON,
    OWNERSHIP,
    WINDOW,
    cause,
    finding,
    read_catalog,
    sighting,
)

from modelowners.app.desk import answering
from modelowners.catalog.files import Catalog
from modelowners.core.ids import asset_id
from modelowners.core.time import format_instant
from modelowners.incidents.severity import Severity
from modelowners.incidents.sightings import holder_of
from modelowners.incidents.tenures import Holder


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return read_catalog(tmp_path)


def test_findings_that_are_over_make_nobody_sick(catalog: Catalog) -> None:
    over = finding(ends=WINDOW)
    assert sighting(catalog, cause()).sick
    assert not sighting(catalog, cause(), findings=[over]).sick
    assert sighting(catalog, cause(), findings=[over, finding()]).finding_ids == (
        finding().id,
    )
    assert sighting(catalog, cause(), findings=[]).sick, "a symptom alone will do"
    assert not sighting(catalog, sick=False).sick


def test_it_names_model_owner_class_and_window(catalog: Catalog) -> None:
    seen = sighting(catalog, cause())
    assert (seen.model, seen.symptom) == (MODEL, "quality")
    assert seen.holder == Holder("risk", "ana")
    assert seen.window_end == format_instant(WINDOW.end)


def test_harm_that_reaches_the_most_important_is_one_step_worse(
    catalog: Catalog,
) -> None:
    seen = sighting(catalog, cause())
    assert seen.grading().severity is Severity.SEV3
    near = replace(seen, blast={"assets": 2, "tier1": 1})
    assert near.grading().severity is Severity.SEV2


@pytest.mark.parametrize(
    ("owner", "holder"),
    [
        ("feeds", Holder("feeds", "cy")),
        ("di", Holder(None, "di")),
        ("gus", Holder(None, "gus")),
    ],
)
def test_the_holder_is_the_accountable_or_the_declared(
    tmp_path: Path, owner: str, holder: Holder
) -> None:
    text = f"{OWNERSHIP}  service:x: {{owner: {owner}}}\n"
    whose = answering(read_catalog(tmp_path, text), asset_id("service:x"), NOON)
    assert holder_of(whose) == holder


def test_what_nobody_owns_is_held_by_nobody(catalog: Catalog) -> None:
    assert not holder_of(answering(catalog, "service:wild", NOON)).known
