"""An older version is served again, or outputs are not the registered model's."""

from __future__ import annotations

from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.probes.model.bad_retrain import suspect_of
from modelowners.diagnosis.releases import find_release


def probe(case: Case) -> list[Suspect]:
    """
    Find an earlier version that came back with the harm.

    A rollback that was meant stands in the ledger as such; the harm is the same.
    """
    release = find_release(case)
    if release is None or not release.returned:
        return []
    return [suspect_of(case, release, CauseKind.WRONG_VERSION_SERVED)]
