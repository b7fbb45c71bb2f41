"""Registrations: under which name a model registry knows an asset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modelowners.core.facets import Facet, mapping, text
from modelowners.core.ids import AssetId

OWN_KEYS = ("alias", "instance")
HINT = 'write "mlflow:NAME@ALIAS", or {mlflow: NAME, alias: ALIAS}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """
    Where the versions of a model are registered.

    Parameters
    ----------
    registry : str
        Name of the connector, such as ``mlflow``.
    name : str
        As the registry knows the model.
    alias : str or None
        The alias that production serves; None where none is said to.
    instance : str or None
        Which server, where several are declared.
    """

    registry: str
    name: str
    alias: str | None = None
    instance: str | None = None


def read_registration(asset: AssetId, facet: Facet, root: Path) -> Registration:
    """
    Read the facet ``registry`` of an asset's entry.

    Parameters
    ----------
    asset : AssetId
        Whose entry it is.
    facet : Facet
        ``mlflow:NAME@ALIAS``, or a mapping with the registry as key.
    root : Path
        Not needed.

    Returns
    -------
    Registration
        As declared; whether the registry knows the name is not asked.

    Raises
    ------
    BadFacet
        If it is neither form, with its place.

    Examples
    --------
    >>> from modelowners.core.facets import Node
    >>> facet = Facet("registry", Node("mlflow:fraud@champion", "f", 1, 1))
    >>> found = read_registration(AssetId("model:fraud"), facet, Path())
    >>> found.registry, found.name, found.alias
    ('mlflow', 'fraud', 'champion')
    """
    del asset, root
    node = facet.node
    if not isinstance(node.value, dict):
        written = text(node)
        registry, colon, rest = written.partition(":")
        name, at, alias = rest.rpartition("@") if "@" in rest else (rest, "", "")
        if not (registry and colon and name) or (at and not alias):
            raise node.refuse(f'cannot read "{written}": {HINT}')
        return Registration(registry=registry, name=name, alias=alias or None)
    found = mapping(node)
    registries = [key for key in found if key not in OWN_KEYS]
    if len(registries) != 1:
        told = ", ".join(registries) or "none"
        raise node.refuse(f"expected one registry, found {told}: {HINT}")
    registry = registries[0]
    read = {key: text(found[key]) for key in OWN_KEYS if key in found}
    for key, value in {registry: text(found[registry]), **read}.items():
        if not value:
            raise found[key].refuse(f"{key} is empty: {HINT}")
    return Registration(
        registry=registry,
        name=text(found[registry]),
        alias=read.get("alias"),
        instance=read.get("instance"),
    )
