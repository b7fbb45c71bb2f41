"""Snapshots: what the registry looked like, kept because MLflow forgets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from modelowners.connectors.mlflow.client import (
    ModelVersion,
    Pair,
    RegisteredModel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """
    A version as it was seen.

    Parameters
    ----------
    born : int
        Milliseconds since 1970, UTC.
    description, run, source, user : str
        As MLflow told; the run outlives the version.
    tags : mapping of str to str
        By key.
    """

    born: int = 0
    description: str = ""
    run: str = ""
    source: str = ""
    user: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, version: ModelVersion) -> VersionView:
        """Take what is kept of a version."""
        return cls(
            born=version.creation_timestamp,
            description=version.description,
            run=version.run_id,
            source=version.source,
            user=version.user_id,
            tags=_tags(version.tags),
        )

    def entry(self, name: str, version: str) -> ModelVersion:
        """Give the version back, to ask MLflow about what made it."""
        return ModelVersion(
            name=name,
            version=version,
            creation_timestamp=self.born,
            description=self.description,
            user_id=self.user,
            run_id=self.run,
            source=self.source,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """
    A model as it was seen; one that the registry does not have is not `there`.

    Parameters
    ----------
    there : bool
        Whether the registry had it.
    number : int
        Counts the views that differed, from 0: with a subject it makes the key
        of a change that has none of its own.
    mark : str
        Of its entry: another one means that something is otherwise.
    born : int
        Milliseconds since 1970, UTC; another one means another model.
    description : str
        Empty where there is none.
    tags, aliases : mapping of str to str
        Value by key, version by alias.
    versions : mapping of str to VersionView
        By number.
    assets : tuple of str
        Whom its history was told of; another one is told from the start.
    at : datetime or None
        UTC; when it was seen, where that is later than the whole snapshot.
    """

    there: bool = True
    number: int = 0
    mark: str = ""
    born: int = 0
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, VersionView] = field(default_factory=dict)
    assets: tuple[str, ...] = ()
    at: datetime | None = None

    @classmethod
    def of(
        cls, model: RegisteredModel, versions: Iterable[ModelVersion], *, mark: str
    ) -> ModelView:
        """Take what is kept of a model and its versions."""
        return cls(
            mark=mark,
            born=model.creation_timestamp,
            description=model.description,
            tags=_tags(model.tags),
            aliases={a.alias: a.version for a in sorted(model.aliases, key=str)},
            versions={v.version: VersionView.of(v) for v in versions},
        )

    def same(self, other: ModelView) -> bool:
        """Tell whether two views show the same, whenever they were taken."""
        return all(
            getattr(self, name) == getattr(other, name)
            for name in ("there", "born", "description", "tags", "aliases", "versions")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """
    The declared models of a registry as they were last seen.

    Parameters
    ----------
    looked_at : datetime
        UTC; start of the last look that was finished.
    first : datetime
        UTC; start of the first one: aliases moved before are unknown.
    whole : datetime
        UTC; when all versions were last listed.
    models : mapping of str to ModelView
        By registered name.
    """

    looked_at: datetime
    first: datetime
    whole: datetime
    models: Mapping[str, ModelView] = field(default_factory=dict)

    @classmethod
    def parse(cls, cursor: str | None) -> Snapshot | None:
        """Read a cursor; None where there is none, or it makes no sense."""
        try:
            return msgspec.json.decode(cursor or "", type=cls)
        except msgspec.MsgspecError:
            return None

    def write(self) -> str:
        """Give the cursor: the same snapshot gives the same text."""
        return msgspec.json.encode(self, order="sorted").decode()

    def seen_at(self, name: str) -> datetime:
        """Tell when a model was last seen, UTC."""
        view = self.models.get(name)
        return (view.at if view is not None else None) or self.looked_at


def ordered(versions: Iterable[str]) -> list[str]:
    """
    Sort version numbers, oldest first.

    Examples
    --------
    >>> ordered(["10", "9", "x"])
    ['9', '10', 'x']
    """

    def rank(version: str) -> tuple[bool, int, str]:
        plain = version.isascii() and version.isdigit()
        return (not plain, int(version) if plain else 0, version)

    return sorted(versions, key=rank)


def _tags(pairs: Iterable[Pair]) -> dict[str, str]:
    return {pair.key: pair.value for pair in sorted(pairs, key=str)}
