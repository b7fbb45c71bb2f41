"""Matching: which ledger entry fits a suspect, in time, kind, place and content."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, Onset
from modelowners.diagnosis.causes import Category, CauseKind, Suspect, category_of
from modelowners.ledger.changes import Change, ChangeKind

SILENT = frozenset({ChangeKind.NOTE, ChangeKind.DECISION, ChangeKind.OWNERSHIP})
"""Kinds that alter nothing by themselves."""

KIND_FIT: Mapping[Category, Mapping[ChangeKind, float]] = {
    Category.DATA: {
        ChangeKind.CODE: 1.0,
        ChangeKind.SCHEMA: 1.0,
        ChangeKind.DATA_RUN: 0.9,
        ChangeKind.CONFIG: 0.8,
        ChangeKind.DEPLOY: 0.8,
        ChangeKind.DEPENDENCY: 0.5,
    },
    Category.INTERFACE: {
        ChangeKind.SCHEMA: 1.0,
        ChangeKind.CODE: 1.0,
        ChangeKind.CONFIG: 0.8,
        ChangeKind.DEPLOY: 0.8,
        ChangeKind.DATA_RUN: 0.6,
    },
    Category.MODEL: {
        ChangeKind.DEPLOY: 1.0,
        ChangeKind.TRAINING_DATA: 1.0,
        ChangeKind.HYPERPARAMETER: 1.0,
        ChangeKind.CODE: 0.9,
        ChangeKind.DEPENDENCY: 0.6,
        ChangeKind.CONFIG: 0.5,
    },
    Category.DEPLOYMENT: {
        ChangeKind.DEPLOY: 1.0,
        ChangeKind.CONFIG: 0.9,
        ChangeKind.CODE: 0.6,
        ChangeKind.DEPENDENCY: 0.6,
    },
}
"""How well a kind of change explains a category; 0.3 where not listed."""

WORDS: Mapping[CauseKind, tuple[str, ...]] = {
    CauseKind.UNIT_OR_SCALE_CHANGE: (
        "unit",
        "metric",
        "celsius",
        "fahrenheit",
        "scale",
        "convert",
        "cents",
        "percent",
        "km",
        "miles",
        "kelvin",
        "normali",
    ),
    CauseKind.OFFSET: ("offset", "shift", "calibrat", "bias", "baseline"),
    CauseKind.CLOCK_SHIFT: ("timezone", "time zone", "utc", "tz", "clock", "dst"),
    CauseKind.MISSING_VALUES: ("null", "missing", "optional", "drop", "skip", "none"),
    CauseKind.DEFAULT_FILL: ("default", "fillna", "fallback", "impute", "coalesce"),
    CauseKind.CATEGORY_RENAMED: (
        "rename",
        "code",
        "upper",
        "lower",
        "strip",
        "spelling",
        "label",
        "map",
    ),
    CauseKind.STALE_OR_FROZEN: (
        "cache",
        "ttl",
        "schedule",
        "cron",
        "snapshot",
        "freez",
    ),
    CauseKind.ROWS_LOST: ("filter", "where", "join", "drop", "exclude", "limit"),
    CauseKind.DUPLICATED_ROWS: ("retry", "dedup", "duplicate", "join", "append"),
    CauseKind.SCHEMA_CHANGE: ("schema", "column", "field", "rename", "drop", "add"),
    CauseKind.RELATION_BROKEN: ("add", "surcharge", "fee", "component", "total", "new"),
    CauseKind.COLUMN_SWAP: ("order", "swap", "position", "column"),
    CauseKind.TYPE_CHANGE: ("int", "cast", "round", "type", "truncate", "string"),
    CauseKind.BAD_RETRAIN: ("retrain", "train", "promote", "release"),
    CauseKind.WRONG_VERSION_SERVED: ("rollback", "roll back", "revert", "pin", "alias"),
    CauseKind.LABEL_FAULT: ("label", "outcome", "target", "truth"),
}
"""Beginnings of words in a change that speak of a kind of fault."""

LONG_NAME = 4
"""Characters from which a name is not part of just anything."""
UNDECLARED = 0.85
"""Strength of an older version's return without a deployment."""
NOTHING_SAID = 0.35
"""Content fit of a change that names neither column nor kind."""


@dataclass(frozen=True, slots=True)
class Match:
    """A ledger entry and how well it fits a suspect, 0 to 1, with the reasons."""

    change: Change
    fit: float
    gap: timedelta
    names_column: bool


def match_change(
    suspect: Suspect,
    changes: Iterable[Change],
    *,
    distance: Mapping[AssetId, int],
    grain: timedelta,
) -> Match | None:
    """
    Find the ledger entry that fits a suspect best.

    Parameters
    ----------
    suspect : Suspect
        With its own onset.
    changes : iterable of Change
        Of the suspect's asset and upstream of it.
    distance : mapping of AssetId to int
        Steps from the suspect's asset, 0 for itself; others are not looked at.
    grain : timedelta
        Length of a base window: how far before the interval a change may lie.

    Returns
    -------
    Match or None
        None where no change lies near enough; equal fits go to the earlier.
    """
    matches = [
        match
        for change in changes
        if change.asset in distance and change.kind not in SILENT
        if (match := _match(suspect, change, distance[change.asset], grain)) is not None
    ]
    return max(
        matches,
        key=lambda m: (m.fit, -abs(m.gap.total_seconds()), m.change.id),
        default=None,
    )


def _match(
    suspect: Suspect, change: Change, steps: int, grain: timedelta
) -> Match | None:
    gap = time_gap(suspect.onset, change)
    width = suspect.onset.high - suspect.onset.low
    room = (width + grain / 2).total_seconds()
    # An effect follows its cause: a change after the interval is hardly it.
    late = change.window.start > suspect.onset.high
    if gap > 3 * (width + grain) or (late and gap > grain / 4):
        return None
    time_fit = math.exp(-abs(gap.total_seconds()) / room)
    kind_fit = KIND_FIT.get(category_of(suspect.kind), {}).get(change.kind, 0.3)
    content, named = content_fit(suspect, change)
    fit = time_fit * kind_fit * content * 0.8**steps
    return Match(change, fit, gap, named)


def time_gap(onset: Onset, change: Change) -> timedelta:
    """
    Give how far a change lies outside an onset interval; zero where they meet.

    Examples
    --------
    >>> from modelowners.core.time import parse_instant as at
    >>> from modelowners.ledger.changes import Source
    >>> change = Change(kind=ChangeKind.CODE, asset=AssetId("dataset:a"), what="w",
    ...                 source=Source("git", "r", "1"), recorded_at=at("2026-06-03"),
    ...                 occurred_at=at("2026-06-01"))
    >>> onset = Onset(at("2026-06-02"), at("2026-06-02"), at("2026-06-03"))
    >>> time_gap(onset, change).days
    1
    """
    window = change.window
    if window.end < onset.low:
        return onset.low - window.end
    if window.start > onset.high:
        return window.start - onset.high
    return timedelta(0)


def content_fit(suspect: Suspect, change: Change) -> tuple[float, bool]:
    """
    Tell how much a change's words speak of a suspect, and whether a column is named.

    Returns
    -------
    tuple of (float, bool)
        1 where it names the column and the kind of fault, 0.35 where neither.
    """
    parts = [change.what, change.path or "", change.why or "", change.diff_text or ""]
    parts += [f"{k} {v}" for k, v in (*change.before.items(), *change.after.items())]
    text = (
        _changed_lines(" ".join(parts))
        if not change.diff_text
        else " ".join([*parts[:3], _changed_lines(change.diff_text)])
    )
    words = set(re.findall(r"[a-z0-9_°%/]+", text.casefold()))
    named = any(_names(column, words) for column in suspect.columns)
    kinds = WORDS.get(suspect.kind, ())
    speaks = any(word.startswith(stem) for stem in kinds for word in words)
    return NOTHING_SAID + 0.4 * named + 0.25 * speaks, named


def _names(column: str, words: set[str]) -> bool:
    """Tell whether a column is among the words, whole or as a longer name's part."""
    plain = column.casefold()
    if plain in words:
        return True
    return len(plain) >= LONG_NAME and any(
        word.startswith(plain) or (plain.startswith(word) and len(word) >= LONG_NAME)
        for word in words
    )


def _changed_lines(text: str) -> str:
    """Keep a difference's added and removed lines; all where there are none."""
    lines = [
        line[1:]
        for line in text.splitlines()
        if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}
    ]
    return "\n".join(lines) if lines else text


def undeclared(suspect: Suspect, changes: Iterable[Change], model: AssetId) -> Suspect:
    """
    Strengthen an older version's return that no deployment on record explains.

    Whoever rolls back on purpose leaves a deployment behind; a version that
    comes back by itself is not the one that should serve.

    Parameters
    ----------
    suspect : Suspect
        Of any kind; others than ``wrong_version_served`` are given back.
    changes : iterable of Change
        Of the model and everything upstream.
    model : AssetId
        The model.

    Returns
    -------
    Suspect
        With a strength of at least 0.85 where nothing was deployed then.
    """
    if suspect.kind is not CauseKind.WRONG_VERSION_SERVED:
        return suspect
    low, high = suspect.onset.low - DAY, suspect.onset.high + DAY
    meant = any(
        change.kind is ChangeKind.DEPLOY
        and change.asset == model
        and change.window.start <= high
        and low <= change.window.end
        for change in changes
    )
    if meant:
        return suspect
    note = Evidence(
        "ledger", "no deployment of that version is on record", None, None, "ledger"
    )
    return replace(
        suspect,
        strength=max(suspect.strength, UNDECLARED),
        evidence=(*suspect.evidence, note),
    )
