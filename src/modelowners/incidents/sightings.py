"""Sightings: what one turn of the loop knows about one model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.catalog.owners import Ownership
from modelowners.core.ids import AssetId
from modelowners.core.time import format_instant
from modelowners.detection.findings import Finding
from modelowners.diagnosis.causes import Diagnosis
from modelowners.incidents.grouping import symptom_class
from modelowners.incidents.severity import Grading, grade
from modelowners.incidents.tenures import Holder
from modelowners.ledger.changes import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """
    What one turn of the loop knows about one model.

    Parameters
    ----------
    at : datetime
        UTC, the loop's clock.
    diagnosis : Diagnosis
        What was found out.
    findings : tuple of Finding
        What it rests on.
    ownership : mapping of AssetId to Ownership
        At `at`: of the model, and of each asset that a cause names.
    headline : str
        What broke, since when and whose it is, in one sentence.
    changes : tuple of Change
        On the model and upstream of it.
    catalog : str
        Digest of the ownership file in force.
    blast : mapping of str to int
        ``assets`` downstream of the model, and how many are of ``tier1``.
    extra : mapping
        For the packet: ``served_version``, ``runbook``, ``checks``.
    """

    at: datetime
    diagnosis: Diagnosis
    findings: tuple[Finding, ...]
    ownership: Mapping[AssetId, Ownership]
    headline: str
    changes: tuple[Change, ...] = ()
    catalog: str = ""
    blast: Mapping[str, int] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def model(self) -> AssetId:
        """Which model."""
        return self.diagnosis.model

    @property
    def symptom(self) -> str:
        """Class of the symptom."""
        return symptom_class(self.diagnosis, self.live)

    @property
    def live(self) -> tuple[Finding, ...]:
        """Findings that are not over."""
        return tuple(found for found in self.findings if found.ends is None)

    @property
    def finding_ids(self) -> tuple[str, ...]:
        """Ids of the live findings, sorted."""
        return tuple(sorted({found.id for found in self.live}))

    @property
    def sick(self) -> bool:
        """Whether something is worse or broken now."""
        return self.diagnosis.symptom is not None and (
            bool(self.live) or not self.findings
        )

    @property
    def window_end(self) -> str:
        """End of the newest window looked at, as the log writes it."""
        return format_instant(self.diagnosis.window.end)

    @property
    def holder(self) -> Holder:
        """The symptom's owner."""
        return holder_of(self.ownership[self.model])

    def grading(self) -> Grading:
        """How bad it is."""
        return grade(
            self.diagnosis,
            self.findings,
            tier=self.ownership[self.model].tier,
            tier1_consumer=self.blast.get("tier1", 0) > 0,
        )


def holder_of(ownership: Ownership) -> Holder:
    """Give the owner that an answer of the catalog names: team and person."""
    owner = ownership.owner
    team = ownership.team
    person = ownership.accountable.person
    if person is None and owner is not None and owner.kind == "person":
        person = owner.name
    return Holder(team, person)
