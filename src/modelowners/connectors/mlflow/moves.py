"""Moves: what differs between two views of a model, as changes of an asset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from modelowners.connectors.mlflow.snapshots import ModelView, VersionView, ordered
from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow
from modelowners.ledger.changes import Change, ChangeKind, Source, Who
from modelowners.ledger.versions import Alteration, VersionFacts, compare, sides

OURS = "modelowners."
"""Tags that this program writes; they tell nothing new."""

OWNER_TAGS = frozenset({"owner", "modelowners.owner"})
MAX_VALUE = 500
"""Characters of a tag or description that are kept."""

MAX_SHOWN = 60
"""Characters of a value that stand in a line."""

MAX_HISTORY = 10
"""Versions told of when a model is first seen, the newest ones."""

Facts = Callable[[str, VersionView], VersionFacts]
"""Reads what made a version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """
    The model whose two views are compared.

    Parameters
    ----------
    name : str
        As registered.
    assets : sequence of AssetId
        That it stands for; not empty.
    serving : mapping of str to sequence of AssetId
        By alias, the assets that say they serve it.
    instance, url : str
        Of the server.
    between : TimeWindow
        UTC; from the last look at it to this one.
    now : datetime
        UTC; stands as `recorded_at`.
    person : callable
        Names a person for what the registry calls its user.
    facts : callable
        Reads what made a version.
    """

    name: str
    assets: Sequence[AssetId]
    serving: Mapping[str, Sequence[AssetId]] = field(default_factory=dict)
    instance: str
    url: str
    between: TimeWindow
    now: datetime
    person: Callable[[str], str | None]
    facts: Facts


def moves(subject: Subject, before: ModelView | None, after: ModelView) -> list[Change]:
    """
    Tell what changed between two views of a model.

    Parameters
    ----------
    subject : Subject
        Which model, and when the two views were taken.
    before : ModelView or None
        None where it was never looked at: then only its versions are told, for
        nobody knows since when its aliases and tags are as they are.
    after : ModelView
        As it is now.

    Returns
    -------
    list of Change
        New versions first, by number; then aliases, tags and descriptions.
    """
    if (
        before is not None
        and before.there
        and after.there
        and before.born != after.born
    ):
        # Deleted and made anew under the same name: two models, one after the other.
        gone = ModelView(there=False)
        fresh = ModelView(there=False, number=before.number)
        return [*moves(subject, before, gone), *moves(subject, fresh, after)]
    told = [*_new_versions(subject, before, after)]
    if before is not None:
        told += _aliases(subject, before, after)
        told += _existence(subject, before, after)
        if before.there and after.there:
            told += _labels(subject, before, after)
    return told


def _new_versions(
    subject: Subject, before: ModelView | None, after: ModelView
) -> Iterator[Change]:
    known = before.versions if before is not None else {}
    new = [number for number in ordered(after.versions) if number not in known]
    if before is None:
        new = new[-MAX_HISTORY:]
    for number in new:
        facts = subject.facts(number, after.versions[number])
        earlier = _earlier(number, after)
        previous = subject.facts(earlier, after.versions[earlier]) if earlier else None
        for altered in compare(previous, facts):
            yield from _version_change(subject, after, facts, altered)


def _earlier(number: str, view: ModelView) -> str | None:
    numbers = ordered(view.versions)
    place = numbers.index(number)
    return numbers[place - 1] if place else None


def _version_change(
    subject: Subject, view: ModelView, facts: VersionFacts, altered: Alteration
) -> Iterator[Change]:
    key = f"versions/{facts.version}/{altered.key}"
    person = subject.person(facts.user) if facts.user else None
    for asset in subject.assets:
        yield Change(
            kind=altered.kind,
            asset=asset,
            what=altered.what,
            source=_source(subject, view.born, key, version=facts.version),
            recorded_at=subject.now,
            occurred_at=facts.created_at,
            observed_between=None if facts.created_at else subject.between,
            who=Who(person=person, raw=facts.user, role="author"),
            before=altered.before,
            after=altered.after,
            path=altered.path,
            version=facts.version,
            commit=facts.commit,
            run=facts.run,
            identity=altered.identity,
        )


def _aliases(subject: Subject, before: ModelView, after: ModelView) -> Iterator[Change]:
    for alias in sorted(before.aliases.keys() | after.aliases.keys()):
        old, new = before.aliases.get(alias), after.aliases.get(alias)
        if old == new:
            continue
        facts = [
            subject.facts(number, view) if view is not None else None
            for number, view in (
                (old or "", before.versions.get(old or "")),
                (new or "", after.versions.get(new or "")),
            )
        ]
        values = sides(facts[0], facts[1])
        for side, number in zip(values, (old, new), strict=True):
            side.update({"alias": alias} | ({"version": number} if number else {}))
        serving = subject.serving.get(alias, ())
        for asset in [a for a in subject.assets if a in serving] or subject.assets:
            yield _observed(
                subject,
                before,
                asset,
                _Told(
                    ChangeKind.DEPLOY,
                    f"aliases/{alias}",
                    _alias_line(alias, old, new, after),
                    path=f"alias:{alias}",
                    before=values[0] if old else {},
                    after=values[1] if new else {},
                    version=new,
                ),
            )


def _alias_line(alias: str, old: str | None, new: str | None, after: ModelView) -> str:
    if old is not None and new is not None:
        return f"{alias}: version {old} -> {new}"
    if new is not None:
        return f"{alias}: version {new}, it named none before"
    if not after.there:
        return f"{alias} is gone, it named version {old}: the model was deleted"
    if old not in after.versions:
        return f"{alias} is gone: version {old}, which it named, was deleted"
    return f"{alias} is gone: it was removed from version {old}"


def _existence(
    subject: Subject, before: ModelView, after: ModelView
) -> Iterator[Change]:
    for asset in subject.assets:
        if before.there and not after.there:
            what = f"{subject.name} is gone from the registry"
            told = _Told(ChangeKind.CONFIG, "model", what, before={"registered": True})
            yield _observed(subject, before, asset, told)
            continue
        for number in ordered(before.versions.keys() - after.versions.keys()):
            what = f"version {number} deleted"
            key = f"versions/{number}/deleted"
            told = _Told(ChangeKind.NOTE, key, what, version=number)
            yield _observed(subject, before, asset, told)


def _labels(subject: Subject, before: ModelView, after: ModelView) -> Iterator[Change]:
    """Tell of tags and descriptions, of the model and of versions that stayed."""
    told = list(_tags("", None, before.tags, after.tags))
    told += _text("", None, before.description, after.description)
    for number in ordered(before.versions.keys() & after.versions.keys()):
        old, new = before.versions[number], after.versions[number]
        told += _tags(f"versions/{number}/", number, old.tags, new.tags)
        told += _text(f"versions/{number}/", number, old.description, new.description)
    for asset in subject.assets:
        for one in told:
            yield _observed(subject, before, asset, one)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of a difference that only two looks show."""

    kind: ChangeKind
    key: str
    what: str
    path: str | None = None
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    version: str | None = None


def _tags(
    place: str, version: str | None, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[_Told]:
    of = f" of version {version}" if version else ""
    for tag in sorted(before.keys() | after.keys()):
        old, new = before.get(tag), after.get(tag)
        owner = tag in OWNER_TAGS
        if old == new or (tag.startswith(OURS) and not owner):
            continue
        yield _Told(
            ChangeKind.OWNERSHIP if owner else ChangeKind.CONFIG,
            f"{place}tags/{tag}",
            f"tag {tag}{of}: {_brief(old)} -> {_brief(new)}",
            path=f"tag:{tag}",
            before={} if old is None else {tag: old[:MAX_VALUE]},
            after={} if new is None else {tag: new[:MAX_VALUE]},
            version=version,
        )


def _text(place: str, version: str | None, before: str, after: str) -> list[_Told]:
    if before == after:
        return []
    of = f" of version {version}" if version else ""
    return [
        _Told(
            ChangeKind.CONFIG,
            f"{place}description",
            f"description{of}: {_brief(before or None)} -> {_brief(after or None)}",
            path="description",
            before={"description": before[:MAX_VALUE]} if before else {},
            after={"description": after[:MAX_VALUE]} if after else {},
            version=version,
        )
    ]


def _observed(
    subject: Subject, before: ModelView, asset: AssetId, told: _Told
) -> Change:
    """Make a change MLflow keeps no record of: who is unknown, when an interval."""
    return Change(
        kind=told.kind,
        asset=asset,
        what=told.what,
        source=_source(
            subject, before.born, f"{told.key}#{before.number}", version=told.version
        ),
        recorded_at=subject.now,
        observed_between=subject.between,
        who=Who(role="deployer" if told.kind is ChangeKind.DEPLOY else "author"),
        before=told.before,
        after=told.after,
        path=told.path,
        version=told.version,
    )


def _source(subject: Subject, born: int, key: str, *, version: str | None) -> Source:
    page = f"{subject.url.rstrip('/')}/#/models/{quote(subject.name, safe='')}"
    return Source(
        connector="mlflow",
        instance=subject.instance,
        # A model deleted and made anew starts again at version 1.
        key=f"models/{subject.name}@{born}/{key}",
        url=f"{page}/versions/{version}" if version else page,
    )


def _brief(value: str | None) -> str:
    if value is None:
        return "(none)"
    shown = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return shown if len(shown) <= MAX_SHOWN else f"{shown[: MAX_SHOWN - 1]}…"
