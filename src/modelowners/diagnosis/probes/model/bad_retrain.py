"""A new version that is worse than the one it replaced."""

from __future__ import annotations

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.releases import Release, find_release
from modelowners.diagnosis.strengths import figure


def probe(case: Case) -> list[Suspect]:
    """
    Find a version never served before whose first rows begin the harm.

    A new version that met a new world is told apart by the inputs: theirs, not
    the version's, then carry the change.
    """
    release = find_release(case)
    if release is None or release.returned:
        return []
    return [suspect_of(case, release, CauseKind.BAD_RETRAIN)]


def suspect_of(case: Case, release: Release, kind: CauseKind) -> Suspect:
    """
    Write a release as a suspect of one kind.

    Parameters
    ----------
    case : Case
        The case.
    release : Release
        The version that took over.
    kind : CauseKind
        ``bad_retrain`` or ``wrong_version_served``.
    """
    evidence = [
        Evidence(
            "version",
            f"version {release.version} serves {100 * release.share:.0f} % of the rows "
            f"in place of {release.previous}"
            + (", which it preceded" if release.returned else ""),
            release.share,
            0.0,
            "profile",
        )
    ]
    if release.side_by_side is not None:
        side = release.side_by_side
        old, new = side.old.mean, side.new.mean
        evidence.append(
            Evidence(
                "version",
                f"in the same windows its loss is {figure(new)}, that of "
                f"{release.previous} {figure(old)}",
                new,
                old,
                "profile",
            )
        )
    if release.mapping_moved is not None:
        evidence.append(
            Evidence(
                "version",
                "at equal inputs its outputs differ by "
                f"{figure(release.mapping_moved)} times their usual movement",
                release.mapping_moved,
                1.0,
                "surrogate",
            )
        )
    del case
    return Suspect(
        kind=kind,
        segment={},
        onset=release.onset,
        strength=release.strength,
        size=10 * release.share,
        affected=release.share,
        evidence=tuple(evidence),
        repair=f"serve version {release.previous} again",
    )
