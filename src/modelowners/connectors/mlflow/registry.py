"""MLflow's registry as remediation sees it: aliases that are read and moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from modelowners.catalog.files import Catalog
from modelowners.connectors.mlflow.client import (
    Client,
    Pair,
    RegistryError,
)
from modelowners.connectors.mlflow.servers import servers
from modelowners.connectors.transport import Outside, TransportError
from modelowners.remediation.ports import Registered, RegistryFailed

T = TypeVar("T")

READY = frozenset({"READY", ""})
"""Statuses of a version that can be served; older servers state none."""


class Aliases:
    """
    The aliases of one MLflow server; fills `remediation.ports.ModelRegistry`.

    MLflow has no compare-and-set: of two writers the later wins, and both are
    told that it worked.

    Parameters
    ----------
    client : Client
        Asks the server.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def alias(self, model: str, alias: str) -> str | None:
        """Give the version an alias stands for; None where it is absent."""
        client = self._client
        return self._asked(f"read {model}@{alias}", lambda: client.alias(model, alias))

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """Let an alias stand for a version."""
        client = self._client
        self._asked(
            f"set {model}@{alias} to version {version}",
            lambda: client.set_alias(model, alias, version),
        )

    def version(self, model: str, version: str) -> Registered | None:
        """Find a version; None where there is none."""
        known = self._asked(
            f"list the versions of {model}", lambda: self._client.versions(model)
        )
        for one in known.entries:
            if one.version == version:
                return Registered(version, ready=one.status in READY)
        return None

    def tag(self, model: str, version: str, tags: Mapping[str, str]) -> None:
        """Set tags of a version; those of other names stay."""
        for key, value in sorted(tags.items()):
            pair = Pair(key, value)
            setting = partial(self._client.set_version_tag, model, version, pair)
            self._asked(f"tag version {version} of {model}", setting)

    def _asked(self, act: str, ask: Callable[[], T]) -> T:
        """
        Ask, and say what did not work in remediation's words.

        Raises
        ------
        RegistryFailed
            If the server was not reached, refused, or gave no readable answer.
        """
        try:
            return ask()
        except (TransportError, RegistryError) as error:
            registry = f"mlflow ({self._client.server.instance})"
            raise RegistryFailed(registry=registry, act=act, why=str(error)) from None


def model_registries(catalog: Catalog, outside: Outside) -> Mapping[str, Aliases]:
    """
    Give the registries the ownership file names.

    Parameters
    ----------
    catalog : Catalog
        With `connectors: mlflow:`, or without.
    outside : Outside
        Sends the requests.

    Returns
    -------
    mapping of str to Aliases
        The first server as ``mlflow``, each as ``mlflow/INSTANCE``.
    """
    known = servers(catalog)
    made = {f"mlflow/{one.instance}": Aliases(Client(one, outside)) for one in known}
    first = {"mlflow": made[f"mlflow/{known[0].instance}"]} if known else {}
    return {**first, **made}
