"""Looks: one look at a registry, and what it shows otherwise than the one before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from modelowners.connectors.mlflow.client import (
    Client,
    ModelVersion,
    RegisteredModel,
    Versions,
)
from modelowners.connectors.mlflow.facts import read_facts
from modelowners.connectors.mlflow.snapshots import ModelView, Snapshot, VersionView
from modelowners.core.time import HOUR, TimeWindow
from modelowners.ledger.versions import Part, VersionFacts

WHOLE = HOUR
"""How often all versions are listed: tags of older ones show nowhere else."""


class Look:
    """
    The registry as it is now, beside what it was; versions are asked for when wanted.

    Parameters
    ----------
    client : Client
        Asked at once for all models.
    old : Snapshot or None
        Of the look before.
    now : datetime
        UTC; when this look began.
    """

    def __init__(self, client: Client, old: Snapshot | None, now: datetime) -> None:
        self.old = old
        self.now = now
        self._client = client
        listed = client.models()
        self.models: Mapping[str, RegisteredModel] = {m.name: m for m in listed.entries}
        self.malformed = self._lost = listed.malformed
        self._marks = listed.marks
        self._versions: dict[str, Versions] = {}
        self.is_whole = old is None or now - old.whole >= WHOLE
        if self.is_whole:
            self._list_all()

    def before(self, name: str) -> ModelView | None:
        """Give a model as it was; None where it was never looked at."""
        return self.old.models.get(name) if self.old is not None else None

    def changed(self, name: str) -> bool:
        """Tell whether a model looks otherwise than it did."""
        before = self.before(name)
        if before is None:
            return True
        model = self.models.get(name)
        if model is None:
            # One that could not be read is not one that is gone.
            return before.there and not self._lost
        if self._marks[name] != before.mark:
            return True
        return self.is_whole and not self.view(name).same(before)

    def view(self, name: str) -> ModelView:
        """Give a model as it is now."""
        model, before = self.models.get(name), self.before(name)
        if model is None:
            lost = self._lost and before is not None
            return before if lost and before is not None else ModelView(there=False)
        found = self._found(name)
        view = ModelView.of(model, found.entries, mark=self._marks[name])
        if found.malformed and before is not None and before.born == view.born:
            # A version that could not be read is not one that was deleted.
            kept: dict[str, VersionView] = {**before.versions, **view.versions}
            view = replace(view, versions=kept)
        return view

    def since(self, name: str) -> datetime:
        """Tell when a model was last seen, UTC; this look's begin where never."""
        return self.old.seen_at(name) if self.old is not None else self.now

    def snapshot(self, told: Mapping[str, ModelView], *, names: Collection[str]) -> str:
        """
        Give the cursor behind a batch.

        Parameters
        ----------
        told : mapping of str to ModelView
            The models whose changes the batch tells.
        names : collection of str
            Every declared model; the cursor of a look that told of all that
            changed counts for each of them.
        """
        old, now = self.old, self.now
        views = {**(old.models if old is not None else {}), **told}
        views = {name: view for name, view in views.items() if name in names}
        done = all(name in told or not self.changed(name) for name in names)
        if done:
            views = {name: replace(view, at=None) for name, view in views.items()}
        return Snapshot(
            looked_at=now if done or old is None else old.looked_at,
            first=old.first if old is not None else now,
            whole=now if old is None or (done and self.is_whole) else old.whole,
            models=views,
        ).write()

    def gap(self, longest: timedelta) -> TimeWindow | None:
        """Tell since when nobody had looked, where that is longer than it should be."""
        if self.old is None or self.now - self.old.looked_at <= longest:
            return None
        return TimeWindow(self.old.looked_at, self.now)

    def _found(self, name: str) -> Versions:
        if name not in self._versions:
            self._versions[name] = self._client.versions(name)
            self.malformed += self._versions[name].malformed
        return self._versions[name]

    def _list_all(self) -> None:
        listed = self._client.versions()
        self.malformed += listed.malformed
        by_name: dict[str, list[ModelVersion]] = {name: [] for name in self.models}
        for one in listed.entries:
            by_name.setdefault(one.name, []).append(one)
        self._versions = {
            name: Versions(tuple(some), listed.malformed)
            for name, some in by_name.items()
        }


class Findings:
    """
    What made each version, read once a look.

    Parameters
    ----------
    client : Client
        Whom to ask.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[tuple[str, str, int], VersionFacts] = {}

    def of(self, version: ModelVersion) -> VersionFacts:
        """Give what made a version."""
        key = (version.name, version.version, version.creation_timestamp)
        if key not in self._known:
            self._known[key] = read_facts(self._client, version)
        return self._known[key]

    def notes(self) -> Iterator[str]:
        """Name the parts that could not be read."""
        for (name, number, _), facts in self._known.items():
            for part in Part:
                if part in facts.unreadable:
                    yield f"{name} version {number}: {part} not readable"
