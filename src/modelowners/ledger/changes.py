"""A change: what was altered on an asset, when, by whom, and how we know."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.core.ids import AssetId, ChangeId, stable_id
from modelowners.core.time import TimeWindow


class ChangeKind(enum.StrEnum):
    """What sort of thing was altered."""

    CODE = "code"
    HYPERPARAMETER = "hyperparameter"
    TRAINING_DATA = "training_data"
    SCHEMA = "schema"
    DEPENDENCY = "dependency"
    DEPLOY = "deploy"
    CONFIG = "config"
    DATA_RUN = "data_run"
    OWNERSHIP = "ownership"
    DECISION = "decision"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Who:
    """
    Who made a change.

    Parameters
    ----------
    person : str or None
        Key in `people`; only if the raw identity maps to one, never guessed.
    raw : str or None
        As the source names them.
    role : str
        ``author``, ``deployer`` or ``system``.
    """

    person: str | None = None
    raw: str | None = None
    role: str = "author"


@dataclass(frozen=True, slots=True)
class Source:
    """
    Where a change was read.

    Parameters
    ----------
    connector : str
        Such as ``git`` or ``record``.
    instance : str
        Which of several, such as a repository's name.
    key : str
        The source's own key, such as a commit's full hash: reading the same
        key twice adds nothing.
    url : str or None
        Where a person can look at it.
    """

    connector: str
    instance: str
    key: str
    url: str | None = None


class Strength(enum.StrEnum):
    """
    What equal digests prove; unequal ones always prove that something changed.

    Only two equal digests that are exact prove that nothing did.
    """

    EXACT = "exact"
    """Of all bytes, or of a snapshot that cannot change."""

    SAMPLED = "sampled"
    """Of a part of the rows."""

    DECLARED = "declared"
    """A label that somebody attached."""


@dataclass(frozen=True, slots=True)
class Digest:
    """
    What tells one content from another.

    Parameters
    ----------
    value : str
        As the source writes it.
    algo : str
        Who computed it, such as ``md5``, ``git`` or ``mlflow``.
    strength : Strength
        What equality proves.
    """

    value: str
    algo: str
    strength: Strength


@dataclass(frozen=True, slots=True)
class Identity:
    """Digests before and after a change; None where there is no content."""

    before: Digest | None = None
    after: Digest | None = None

    @property
    def verdict(self) -> str:
        """
        Say in words what the two prove.

        Examples
        --------
        >>> one = Digest("a106319e", "mlflow", Strength.SAMPLED)
        >>> Identity(one, one).verdict
        'no difference seen (sampled)'
        """
        if self.before is None or self.after is None:
            return "only one side is known"
        if self.before.value != self.after.value:
            return "changed"
        weakest = {self.before.strength, self.after.strength} - {Strength.EXACT}
        if not weakest:
            return "unchanged"
        return f"no difference seen ({', '.join(sorted(weakest))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One alteration of one asset.

    Parameters
    ----------
    kind : ChangeKind
        What sort of thing was altered.
    asset : AssetId
        Whose change it is.
    what : str
        One line for a person.
    occurred_at : datetime or None
        UTC; only if the source states it.
    observed_between : TimeWindow or None
        Last look without it and first look with it, where `occurred_at` is unknown.
    recorded_at : datetime
        UTC; when it entered the ledger.
    before, after : mapping
        JSON values that differ, by name.
    diff_text : str or None
        Difference as text, at most 256 KiB.
    path : str or None
        File, column or parameter the change is about.
    version : str or None
        Model or release version it produced or deployed.
    commit : str or None
        Full commit hash.
    environment : str or None
        Such as ``prod``.
    why : str or None
        The reason its author gave.
    supersedes : ChangeId or None
        The entry that this one corrects.
    run : str or None
        Id of the run that made the version.
    identity : Identity or None
        Digests of what changed, and how much they prove.
    """

    kind: ChangeKind
    asset: AssetId
    what: str
    source: Source
    recorded_at: datetime
    occurred_at: datetime | None = None
    observed_between: TimeWindow | None = None
    who: Who = field(default_factory=Who)
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    diff_text: str | None = None
    path: str | None = None
    version: str | None = None
    commit: str | None = None
    environment: str | None = None
    why: str | None = None
    supersedes: ChangeId | None = None
    run: str | None = None
    identity: Identity | None = None

    @property
    def id(self) -> ChangeId:
        """Derived from asset, connector, instance and the source's own key."""
        origin = self.source
        return ChangeId(
            stable_id("chg", self.asset, origin.connector, origin.instance, origin.key)
        )

    @property
    def window(self) -> TimeWindow:
        """When it can have happened, UTC; of no length where the source states it."""
        if self.occurred_at is not None:
            return TimeWindow(self.occurred_at, self.occurred_at)
        if self.observed_between is not None:
            return self.observed_between
        return TimeWindow(self.recorded_at, self.recorded_at)
