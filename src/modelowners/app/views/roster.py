"""The roster: who answers for every model, now and next week, kept for an hour."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from modelowners.catalog import resolve
from modelowners.catalog.files import Catalog
from modelowners.catalog.owners import Ownership
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, HOUR, floor_instant

WEEK = 7 * DAY
STEPS = 8
"""Instants of the next week at which somebody must be reachable."""


@dataclass
class Roster:
    """Answers of the catalog, kept while neither it nor the hour has changed."""

    _key: tuple[object, ...] = ()
    _now: dict[AssetId, Ownership] = field(default_factory=dict)
    _unreachable: frozenset[AssetId] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, catalog: Catalog, asset: AssetId, at: datetime) -> Ownership:
        """Tell whose an asset is; exact to the hour."""
        with self._lock:
            self._renew(catalog, at)
            if asset not in self._now:
                self._now[asset] = resolve(catalog, asset, at)
            return self._now[asset]

    def unreachable(self, catalog: Catalog, at: datetime) -> frozenset[AssetId]:
        """Give the models for which at some time next week nobody can be reached."""
        with self._lock:
            self._renew(catalog, at)
            if self._unreachable is None:
                self._unreachable = frozenset(_unreachable(catalog, at))
            return self._unreachable

    def _renew(self, catalog: Catalog, at: datetime) -> None:
        key = (catalog.digest, floor_instant(at, HOUR))
        if key != self._key:
            self._key, self._now, self._unreachable = key, {}, None


def _unreachable(catalog: Catalog, at: datetime) -> Iterator[AssetId]:
    """Ask once for all models of one owner and deputy: they have the same answer."""
    steps = [at + WEEK * i / (STEPS - 1) for i in range(STEPS)]
    alone: dict[tuple[object, ...], bool] = {}
    for model in catalog.models():
        asset = catalog.asset(model)
        key = (asset.owner, asset.deputy)
        if key not in alone:
            answers = (resolve(catalog, model, step).responder for step in steps)
            alone[key] = any(answer.person is None for answer in answers)
        if alone[key]:
            yield model
