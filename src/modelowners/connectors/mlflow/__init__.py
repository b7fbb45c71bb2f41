"""
MLflow: new versions, moved aliases and edited tags, as changes of an asset.

MLflow keeps no history of aliases and tags, nor who moved them. What the
registry looked like is therefore kept as the cursor of each look, and what
differs from it is a change whose time is the interval between the two looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from modelowners.catalog.files import Catalog
from modelowners.connectors.mlflow.client import Client, RegisteredModel
from modelowners.connectors.mlflow.looks import Findings, Look
from modelowners.connectors.mlflow.moves import Subject, moves
from modelowners.connectors.mlflow.registry import model_registries
from modelowners.connectors.mlflow.servers import NAME, read_servers, servers
from modelowners.connectors.mlflow.snapshots import ModelView, Snapshot
from modelowners.connectors.mlflow.webhook import Webhook
from modelowners.connectors.transport import Outside
from modelowners.core.facets import Node
from modelowners.core.ids import AssetId
from modelowners.core.time import Clock, TimeWindow
from modelowners.incidents.ports import Spool
from modelowners.ledger.changes import Change
from modelowners.ledger.ports import Batch
from modelowners.ledger.registrations import Registration, read_registration

__all__ = [
    "MLflowChanges",
    "change_sources",
    "check_section",
    "model_registries",
    "receiver",
]


def change_sources(catalog: Catalog, outside: Outside) -> tuple[MLflowChanges, ...]:
    """
    Give one source for each declared server that knows a declared model.

    Parameters
    ----------
    catalog : Catalog
        Says where the servers are, and which model stands for which asset.
    outside : Outside
        Sends the requests.
    """
    people = {
        address.lower(): name
        for name, person in sorted(catalog.people.items())
        for address in (*person.email, name)
    }
    return tuple(
        MLflowChanges(
            Client(server, outside),
            declared=declared,
            people=people,
            clock=outside.clock,
        )
        for server in servers(catalog)
        if (declared := registrations(catalog, server.instance))
    )


def receiver(catalog: Catalog, outside: Outside, spool: Spool) -> Webhook | None:
    """Give what takes webhooks in, or None where no server names a secret for them."""
    signing = [server for server in servers(catalog) if server.webhook]
    return Webhook(signing, outside, spool) if signing else None


def check_section(node: Node) -> None:
    """Refuse ``connectors.mlflow`` where it cannot be used; `lint` asks."""
    read_servers(node)


def registrations(catalog: Catalog, instance: str) -> Mapping[AssetId, Registration]:
    """Give, by asset, the ``registry:`` facets that name a model of one server."""
    found: dict[AssetId, Registration] = {}
    for asset in sorted(catalog.models()):
        facet = catalog.asset(asset).facets.get("registry")
        if facet is None:
            continue
        one = read_registration(asset, facet, Path(catalog.root))
        if one.registry == NAME and one.instance in {None, instance}:
            found[asset] = one
    return found


class MLflowChanges:
    """
    The ledger's `ChangeSource` for one MLflow server.

    A look is one request while nothing changed. Changes of a model are told in
    the batch that moves its view in the cursor, so that a crash between reading
    and keeping loses and doubles nothing.

    Parameters
    ----------
    client : Client
        Asks the server.
    declared : mapping of AssetId to Registration
        Which model of the registry stands for which asset.
    people : mapping of str to str
        Person by name or e-mail address in lower case; nobody is guessed.
    clock : Clock, optional
        Tells when an answer was there; without it, when the look began.
    batch_size : int
        Models told of at a time, at least 1.
    """

    connector = NAME

    def __init__(
        self,
        client: Client,
        *,
        declared: Mapping[AssetId, Registration],
        people: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        batch_size: int = 20,
    ) -> None:
        self.instance = client.server.instance
        self._client = client
        self._people = people or {}
        self._clock = clock
        self._batch_size = batch_size
        self._longest = timedelta(seconds=client.server.gap)
        self._assets: dict[str, list[AssetId]] = {}
        self._serving: dict[str, dict[str, list[AssetId]]] = {}
        for asset, one in sorted(declared.items()):
            self._assets.setdefault(one.name, []).append(asset)
            if one.alias is not None:
                serving = self._serving.setdefault(one.name, {})
                serving.setdefault(one.alias, []).append(asset)

    def read(self, cursor: str | None, *, now: datetime) -> Batch:
        """
        Look at the registry, and tell of the next models that changed.

        Parameters
        ----------
        cursor : str or None
            Of the batch before: what the registry looked like.
        now : datetime
            UTC; stands as `recorded_at`.

        Returns
        -------
        Batch
            With a gap where nobody had looked for long, and notes on what
            could not be read.
        """
        look = Look(self._client, Snapshot.parse(cursor), now)
        changed = [
            name
            for name in sorted(self._assets)
            if look.changed(name) or self._newcomers(name, look)
        ]
        some = changed[: self._batch_size]
        last = len(some) == len(changed)
        findings = Findings(self._client)
        told: list[Change] = []
        views: dict[str, ModelView] = {}
        for name in some:
            subject = self._subject(name, look, findings)
            told += self._moves(subject, look)
            views[name] = self._next(name, look)
        return Batch(
            changes=tuple(told),
            cursor=look.snapshot(views, names=self._assets),
            last=last,
            floor=look.old.first if look.old is not None else now,
            notes=(*self._notes(look), *findings.notes()),
            gap=look.gap(self._longest) if last else None,
            malformed=look.malformed,
        )

    def _moves(self, subject: Subject, look: Look) -> Iterator[Change]:
        """Tell what changed; to an asset that is new here, all there is to tell."""
        before, after = look.before(subject.name), look.view(subject.name)
        new = self._newcomers(subject.name, look)
        known = [asset for asset in subject.assets if asset not in new]
        if new:
            yield from moves(replace(subject, assets=new), None, after)
        if known:
            yield from moves(replace(subject, assets=known), before, after)

    def _next(self, name: str, look: Look) -> ModelView:
        before = look.before(name)
        return replace(
            look.view(name),
            number=before.number + 1 if before is not None else 0,
            assets=tuple(self._assets[name]),
            at=look.now,
        )

    def _newcomers(self, name: str, look: Look) -> list[AssetId]:
        """Give the assets that were never told of a model's history."""
        before = look.before(name)
        known = before.assets if before is not None else ()
        return [asset for asset in self._assets[name] if asset not in known]

    def _subject(self, name: str, look: Look, findings: Findings) -> Subject:
        look.view(name)  # asks; what it shows was so when the answer was there
        until = max(look.now, self._clock.now()) if self._clock else look.now
        return Subject(
            name=name,
            assets=self._assets[name],
            serving=self._serving.get(name, {}),
            instance=self.instance,
            url=self._client.server.url,
            between=TimeWindow(look.since(name), until),
            now=look.now,
            person=lambda raw: self._people.get(raw.lower()),
            facts=lambda number, view: findings.of(view.entry(name, number)),
        )

    def _notes(self, look: Look) -> Iterator[str]:
        if look.malformed:
            yield f"{look.malformed} entries of the registry could not be read"
        for name in sorted(self._assets):
            model = look.models.get(name)
            if model is None:
                yield f"the registry has no model {name}"
                continue
            yield from _twins(model)
            known = {one.alias for one in model.aliases}
            for alias in sorted(self._serving.get(name, {}).keys() - known):
                yield f"{name} has no alias {alias}"
        others = look.models.keys() - self._assets.keys()
        if others:
            yield f"{len(others)} models of the registry stand for no asset: registry:"


def _twins(model: RegisteredModel) -> Iterator[str]:
    by_case: dict[str, list[str]] = {}
    for one in sorted(model.aliases, key=lambda entry: entry.alias):
        by_case.setdefault(one.alias.casefold(), []).append(one.alias)
    for some in by_case.values():
        if len(some) > 1:
            yield f"aliases of {model.name} differ only in case: {', '.join(some)}"
