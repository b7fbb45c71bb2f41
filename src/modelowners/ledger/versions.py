"""Versions: what made a model version, and what two versions differ in."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.core.ids import canonical_json
from modelowners.ledger.changes import ChangeKind, Digest, Identity, Strength
from modelowners.ledger.differences import compact, differences

MAX_SIDE = 4096
"""Bytes of the values before, and of those after, as JSON."""

SHORT = 12
"""Characters of a commit's hash that are shown."""


class Part(enum.StrEnum):
    """A part of a version that may be unreadable."""

    PARAMETERS = "parameters"
    DATASETS = "training data"
    SIGNATURE = "signature"
    LIBRARIES = "dependencies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """
    A data set that a version was trained on.

    Parameters
    ----------
    digest : Digest
        Of its content, as the registry computed it.
    rows : int or None
        At least 0; None where the registry does not say.
    source : str or None
        Where it was read from.
    columns : mapping of str to str
        Type by column.
    """

    digest: Digest
    rows: int | None = None
    source: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFacts:
    """
    What a registry tells of one version.

    Parameters
    ----------
    version : str
        Its label.
    created_at : datetime or None
        UTC; when it was registered.
    parameters : mapping of str to str
        By name, as logged.
    datasets : mapping of str to Dataset
        By name.
    signature : mapping of str to str
        Type by input or output, such as ``inputs.tenure``.
    libraries : mapping of str to str
        Requirement by package, such as ``==2.1``.
    metrics : mapping of str to float
        As logged when it was made.
    commit, script, user : str or None
        Which code made it, and who ran it, as the registry names them.
    run : str or None
        Id of the run that made it.
    unreadable : frozenset of Part
        Parts that could not be read; nothing is said about them.
    """

    version: str
    created_at: datetime | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    signature: Mapping[str, str] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    commit: str | None = None
    script: str | None = None
    user: str | None = None
    run: str | None = None
    unreadable: frozenset[Part] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """
    One difference between two versions, as a change will tell it.

    Parameters
    ----------
    kind : ChangeKind
        What sort of thing differs.
    key : str
        Tells it from the version's other differences.
    what : str
        One line for a person.
    path : str or None
        What it is about, such as ``dataset:churn_train``.
    before, after : mapping
        JSON values that differ, by name.
    identity : Identity or None
        Digests of what differs, and how much they prove.
    """

    kind: ChangeKind
    key: str
    what: str
    path: str | None = None
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    identity: Identity | None = None


def compare(before: VersionFacts | None, after: VersionFacts) -> tuple[Alteration, ...]:
    """
    Tell what a version has otherwise than the one before it.

    Parameters
    ----------
    before : VersionFacts or None
        None where `after` is the first version, or the one before is gone.
    after : VersionFacts
        The newer one.

    Returns
    -------
    tuple of Alteration
        The version itself first, with its metrics; then parameters, data,
        signature and libraries, one for each data set and library.

    Examples
    --------
    >>> old = VersionFacts(version="1", parameters={"depth": "2"})
    >>> new = VersionFacts(version="2", parameters={"depth": "9"})
    >>> [(one.kind.value, one.what) for one in compare(old, new)]
    [('note', 'version 2 registered'), ('hyperparameter', 'depth 2 -> 9')]
    """
    if before is None:
        return (_registered(None, after),)
    return (
        _registered(before, after),
        *_parameters(before, after),
        *_datasets(before, after),
        *_signature(before, after),
        *_libraries(before, after),
    )


def sides(
    before: VersionFacts | None, after: VersionFacts | None
) -> tuple[dict[str, object], dict[str, object]]:
    """
    Give what differs between two versions as values before and after.

    Parameters
    ----------
    before, after : VersionFacts or None
        None where there is none.

    Returns
    -------
    tuple of two dicts
        Each with ``version``, and with what differs; at most 4 KiB each.

    Examples
    --------
    >>> old = VersionFacts(version="1", parameters={"depth": "2", "seed": "1"})
    >>> new = VersionFacts(version="2", parameters={"depth": "9", "seed": "1"})
    >>> sides(old, new)[1]
    {'version': '2', 'parameters': {'depth': '9'}}
    """
    told: tuple[dict[str, object], dict[str, object]] = ({}, {})
    for side, facts in zip(told, (before, after), strict=True):
        if facts is not None:
            side["version"] = facts.version
    if before is None or after is None:
        return told
    unknown = before.unreadable | after.unreadable
    for name, part, old, new in _parts(before, after):
        if part in unknown:
            continue
        for side, differing in zip(told, _deeply(old, new), strict=True):
            if differing:
                side[name] = differing
    return _bounded(told[0]), _bounded(told[1])


def _parts(
    before: VersionFacts, after: VersionFacts
) -> Iterator[tuple[str, Part | None, Mapping[str, object], Mapping[str, object]]]:
    yield "code", None, _code(before), _code(after)
    yield "parameters", Part.PARAMETERS, before.parameters, after.parameters
    old, new = _digests(before), _digests(after)
    yield "datasets", Part.DATASETS, old, new
    yield "signature", Part.SIGNATURE, before.signature, after.signature
    yield "libraries", Part.LIBRARIES, before.libraries, after.libraries
    yield "metrics", None, before.metrics, after.metrics


def _registered(before: VersionFacts | None, after: VersionFacts) -> Alteration:
    """Tell of the version itself: which code made it, and how well it did."""
    old = _code(before) if before is not None else {}
    new = _code(after)
    known = "commit" in old and "commit" in new
    what = f"version {after.version} registered"
    if known and old["commit"] != new["commit"]:
        what += f", commit {str(old['commit'])[:SHORT]} -> {str(new['commit'])[:SHORT]}"
    elif "commit" in new:
        what += f", commit {str(new['commit'])[:SHORT]}"
    values = _differing(old, new) if before is not None else ({}, new)
    for side, facts in zip(values, (before, after), strict=True):
        if facts is not None:
            side["version"] = facts.version
            # How well each did is told even where nothing differs.
            side.update({"metrics": dict(facts.metrics)} if facts.metrics else {})
    identity = None
    if "commit" in old or "commit" in new:
        identity = Identity(_declared(old.get("commit")), _declared(new.get("commit")))
    # A commit that only one of the two has noted proves no change of code.
    altered = any(old[name] != new[name] for name in old.keys() & new.keys())
    return Alteration(
        kind=ChangeKind.CODE if altered else ChangeKind.NOTE,
        key="registered",
        what=what,
        before=_bounded(values[0]),
        after=_bounded(values[1]),
        identity=identity,
    )


def _parameters(before: VersionFacts, after: VersionFacts) -> Iterator[Alteration]:
    if Part.PARAMETERS in before.unreadable | after.unreadable:
        return
    old, new = _differing(before.parameters, after.parameters)
    if old or new:
        yield Alteration(
            kind=ChangeKind.HYPERPARAMETER,
            key="parameters",
            what=compact(differences(old, new)),
            before=_bounded(old),
            after=_bounded(new),
        )


def _datasets(before: VersionFacts, after: VersionFacts) -> Iterator[Alteration]:
    if Part.DATASETS in before.unreadable | after.unreadable:
        return
    for name in sorted(before.datasets.keys() | after.datasets.keys()):
        old, new = before.datasets.get(name), after.datasets.get(name)
        if old is not None and new is not None and old == new:
            continue
        values = _differing(_told(old), _told(new))
        yield Alteration(
            kind=ChangeKind.TRAINING_DATA,
            key=f"datasets/{name}",
            what=_data_line(name, old, new),
            path=f"dataset:{name}",
            before=_bounded(values[0]),
            after=_bounded(values[1]),
            identity=Identity(
                old.digest if old is not None else None,
                new.digest if new is not None else None,
            ),
        )


def _signature(before: VersionFacts, after: VersionFacts) -> Iterator[Alteration]:
    if Part.SIGNATURE in before.unreadable | after.unreadable:
        return
    old, new = _differing(before.signature, after.signature)
    if old or new:
        yield Alteration(
            kind=ChangeKind.SCHEMA,
            key="signature",
            what=f"signature: {compact(differences(old, new))}",
            before=_bounded(old),
            after=_bounded(new),
        )


def _libraries(before: VersionFacts, after: VersionFacts) -> Iterator[Alteration]:
    if Part.LIBRARIES in before.unreadable | after.unreadable:
        return
    old, new = _differing(before.libraries, after.libraries)
    for name in sorted(old.keys() | new.keys()):
        one = [{name: side[name]} if name in side else {} for side in (old, new)]
        yield Alteration(
            kind=ChangeKind.DEPENDENCY,
            key=f"libraries/{name}",
            what=_library_line(name, old.get(name), new.get(name)),
            path=name,
            before=one[0],
            after=one[1],
        )


def _library_line(name: str, before: object, after: object) -> str:
    plain = [
        None if side is None else str(side).removeprefix("==") or "any"
        for side in (before, after)
    ]
    if plain[0] is None:
        return f"{name} {plain[1]} added"
    if plain[1] is None:
        return f"{name} {plain[0]} removed"
    return f"{name} {plain[0]} -> {plain[1]}"


def _data_line(name: str, before: Dataset | None, after: Dataset | None) -> str:
    if before is None:
        return f"{name} is new"
    if after is None:
        return f"{name} is no longer used"
    rows = before.rows, after.rows
    if None not in rows and rows[0] != rows[1]:
        return f"{name}: {rows[0]} -> {rows[1]} rows"
    if before.columns != after.columns:
        found = differences(dict(before.columns), dict(after.columns))
        return f"{name}: columns {compact(found)}"
    if before.digest.value != after.digest.value:
        return f"{name}: {before.digest.value} -> {after.digest.value}"
    return f"{name}: read from another place"


def _told(data: Dataset | None) -> dict[str, object]:
    if data is None:
        return {}
    told = {
        "digest": data.digest.value,
        "num_rows": data.rows,
        "source": data.source,
        "columns": dict(data.columns) or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _digests(facts: VersionFacts) -> dict[str, object]:
    return {name: _told(data) for name, data in facts.datasets.items()}


def _code(facts: VersionFacts) -> dict[str, object]:
    told = {"commit": facts.commit, "script": facts.script}
    return {name: value for name, value in told.items() if value}


def _declared(commit: object) -> Digest | None:
    # MLflow notes the commit, and not whether the files differed from it.
    return Digest(str(commit), "git", Strength.DECLARED) if commit else None


def _differing(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    names = sorted(before.keys() | after.keys())
    changed = [n for n in names if before.get(n) != after.get(n)]
    return (
        {name: before[name] for name in changed if name in before},
        {name: after[name] for name in changed if name in after},
    )


def _deeply(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Give what differs, of mappings inside too."""
    sides = _differing(before, after)
    for name in sides[0].keys() & sides[1].keys():
        old, new = sides[0][name], sides[1][name]
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            sides[0][name], sides[1][name] = _deeply(old, new)
    return sides


def _bounded(values: Mapping[str, object]) -> dict[str, object]:
    """Keep what fits; say how many values were left out."""
    kept = dict(values)
    if len(canonical_json(kept)) <= MAX_SIDE:
        return kept
    left = 0
    for name in sorted(values, key=lambda n: (-len(canonical_json(values[n])), n)):
        del kept[name]
        left += 1
        told = {**kept, "…": f"and {left} more"}
        if len(canonical_json(told)) <= MAX_SIDE:
            return told
    return {"…": f"and {left} more"}
