"""Names: what a person may call an asset, and which asset that is."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from modelowners.catalog.files import Catalog
from modelowners.core.errors import InputError
from modelowners.core.facets import nearest
from modelowners.core.ids import ASSET_KINDS, AssetId, asset_id


class UnknownAsset(InputError):
    """
    No asset, alias or path "{name}" in the ownership file{hint}.

    Write an id such as model:churn, or add it under owns:.
    """


class AmbiguousName(InputError):
    """The name "{name}" means {found}. Write the one you mean in full."""


def find(catalog: Catalog, name: str, *, folder: Path | None = None) -> AssetId:
    """
    Find the asset a person means.

    Parameters
    ----------
    catalog : Catalog
        What the ownership file says.
    name : str
        An id, an alias, a bare name if it is unique, or a path of code.
    folder : Path or None
        Where relative paths start; the file's folder if None.

    Returns
    -------
    AssetId
        An id in full stands for itself, declared or not.

    Raises
    ------
    UnknownAsset
        If nothing is called that.
    AmbiguousName
        If several are.
    """
    if name in catalog.aliases:
        return catalog.aliases[name]
    kind, colon, _ = name.partition(":")
    if colon and kind in ASSET_KINDS:
        return asset_id(name)
    bare = [asset for asset in catalog.ids() if asset.partition(":")[2] == name]
    found = bare or _by_path(catalog, name, folder or catalog.root)
    if len(found) > 1:
        raise AmbiguousName(name=name, found=", ".join(found))
    if not found:
        known = {asset.partition(":")[2]: None for asset in catalog.ids()}
        known |= dict.fromkeys(catalog.ids()) | dict.fromkeys(catalog.aliases)
        hint = nearest(name, known).split("; known here")[0]
        raise UnknownAsset(name=name, hint=hint)
    return found[0]


def _by_path(catalog: Catalog, name: str, folder: Path) -> list[AssetId]:
    """Give the assets whose code holds a path; those with the longest path win."""
    root = catalog.root.resolve()
    try:
        path = (folder / name).resolve()
    except (OSError, ValueError):
        return []
    if not path.is_relative_to(root):
        return []
    wanted = PurePosixPath(path.relative_to(root).as_posix())
    best: dict[AssetId, int] = {}
    for asset in catalog.ids():
        for code in catalog.asset(asset).code:
            if wanted.is_relative_to(code) or fnmatchcase(str(wanted), code):
                depth = len(PurePosixPath(code).parts)
                best[asset] = max(depth, best.get(asset, 0))
    deepest = max(best.values(), default=0)
    return [asset for asset, depth in best.items() if depth == deepest]
