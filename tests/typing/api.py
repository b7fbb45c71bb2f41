"""
The verbs as users write them: mypy reads this file with the others, nothing runs it.

A line that stops type-checking is a change of the interface.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import assert_type

from modelowners.catalog import Catalog, Problem, lint, load, resolve
from modelowners.core.errors import ModelownersError
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import TimeWindow, VirtualClock, parse_instant
from modelowners.detection import Finding
from modelowners.diagnosis import Cause, Diagnosis
from modelowners.ledger import capture, record
from modelowners.ledger.changes import Change, ChangeKind, Source
from modelowners.ledger.ports import ChangeSource
from modelowners.ledger.repository import Ledger
from modelowners.ledger.watermarks import Captured
from modelowners.observations.profiles import Profile
from modelowners.store.database import Database

CHURN = asset_id("model:churn")
NOON = parse_instant("2026-06-01T12:00Z")


def whose(file: Path) -> str | None:
    """Ask who answers for an asset."""
    catalog = load(file)
    assert_type(catalog, Catalog)
    found = resolve(catalog, CHURN, NOON)
    assert_type(lint(catalog, at=NOON), list[Problem])
    return found.accountable.person


def keep(folder: Path, source: ChangeSource) -> Captured:
    """Record one change and read others."""
    ledger = Ledger(Database.open(folder / "state.db"))
    change = Change(
        kind=ChangeKind.CONFIG,
        asset=CHURN,
        what="threshold 0.5 to 0.45",
        source=Source("record", "cli", "1"),
        recorded_at=NOON,
    )
    assert_type(record(change, ledger=ledger), bool)
    return capture(source, ledger=ledger, clock=VirtualClock(NOON))


def told(diagnosis: Diagnosis) -> list[str]:
    """Branch on what was found."""
    best: Cause | None = diagnosis.causes[0] if diagnosis.causes else None
    if best is None:
        return []
    assert_type(best.asset, AssetId)
    assert_type(best.onset.at, datetime)
    assert_type(best.probability, float)
    return [notice.person for notice in diagnosis.notified_would_be]


def worst(findings: list[Finding], profile: Profile) -> Finding | None:
    """Read values of the stages below."""
    assert_type(profile.window, TimeWindow)
    return max(findings, key=lambda found: found.score, default=None)


def refused(error: ModelownersError) -> str:
    """Print an error and branch on its details."""
    place: object = error.details.get("place")
    return f"{place}: {error}"
