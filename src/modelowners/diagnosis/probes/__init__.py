"""Probes: one per cause kind, each looking for proof of its own story."""

from __future__ import annotations

from collections.abc import Callable

from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.probes.data import (
    category_renamed,
    clock_shift,
    column_swap,
    corrupted_values,
    default_fill,
    duplicated_rows,
    label_fault,
    missing_values,
    new_category,
    offset,
    relation_broken,
    rows_lost,
    stale_or_frozen,
    type_change,
    unit_or_scale_change,
)
from modelowners.diagnosis.probes.deployment import wrong_version_served
from modelowners.diagnosis.probes.interface import schema_change
from modelowners.diagnosis.probes.model import bad_retrain, weak_segment
from modelowners.diagnosis.probes.world import concept_shift, covariate_shift

Probe = Callable[[Case], list[Suspect]]

PROBES: dict[CauseKind, Probe] = {
    CauseKind.MISSING_VALUES: missing_values.probe,
    CauseKind.DEFAULT_FILL: default_fill.probe,
    CauseKind.UNIT_OR_SCALE_CHANGE: unit_or_scale_change.probe,
    CauseKind.OFFSET: offset.probe,
    CauseKind.CLOCK_SHIFT: clock_shift.probe,
    CauseKind.CATEGORY_RENAMED: category_renamed.probe,
    CauseKind.NEW_CATEGORY: new_category.probe,
    CauseKind.STALE_OR_FROZEN: stale_or_frozen.probe,
    CauseKind.ROWS_LOST: rows_lost.probe,
    CauseKind.DUPLICATED_ROWS: duplicated_rows.probe,
    CauseKind.COLUMN_SWAP: column_swap.probe,
    CauseKind.CORRUPTED_VALUES: corrupted_values.probe,
    CauseKind.TYPE_CHANGE: type_change.probe,
    CauseKind.LABEL_FAULT: label_fault.probe,
    CauseKind.RELATION_BROKEN: relation_broken.probe,
    CauseKind.SCHEMA_CHANGE: schema_change.probe,
    CauseKind.WEAK_SEGMENT: weak_segment.probe,
    CauseKind.BAD_RETRAIN: bad_retrain.probe,
    CauseKind.WRONG_VERSION_SERVED: wrong_version_served.probe,
    CauseKind.COVARIATE_SHIFT: covariate_shift.probe,
    CauseKind.CONCEPT_SHIFT: concept_shift.probe,
}
"""Every probe by the kind it proves; `unknown` has none."""
