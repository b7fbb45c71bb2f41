"""Names: every way a person may call an asset."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modelowners.catalog.files import Catalog
from modelowners.catalog.names import AmbiguousName, UnknownAsset, find

TEXT = """\
version: 1
people: {ana: {email: a@x.example}}
owns:
  model:fraud: {owner: ana, code: [risk/, "etl/*.sql"], aliases: ["mlflow:fraud"]}
  model:cards: {owner: ana, code: [risk/cards]}
  dataset:both: {owner: ana}
  model:both: {owner: ana, code: [risk/cards]}
"""


@pytest.mark.parametrize(
    ("name", "asset"),
    [
        ("model:fraud", "model:fraud"),
        ("model:nobody-declared", "model:nobody-declared"),
        ("mlflow:fraud", "model:fraud"),
        ("fraud", "model:fraud"),
        ("risk/train.py", "model:fraud"),
        ("risk", "model:fraud"),
        ("./risk/../risk/x", "model:fraud"),
        ("etl/load.sql", "model:fraud"),
    ],
)
def test_a_name_is_found(
    catalog_of: Callable[[str], Catalog], name: str, asset: str
) -> None:
    assert find(catalog_of(TEXT), name) == asset


def test_the_longest_code_path_wins_and_may_be_shared(
    catalog_of: Callable[[str], Catalog],
) -> None:
    with pytest.raises(AmbiguousName, match="model:both, model:cards"):
        find(catalog_of(TEXT), "risk/cards/limit.py")


def test_two_assets_of_one_name_are_told_apart(
    catalog_of: Callable[[str], Catalog],
) -> None:
    with pytest.raises(AmbiguousName, match="dataset:both, model:both"):
        find(catalog_of(TEXT), "both")


@pytest.mark.parametrize(
    "name", ["frau", "/etc/passwd", "../../x", "", "x\0y", "etl/a.py", "model"]
)
def test_what_nobody_knows_is_said(
    catalog_of: Callable[[str], Catalog], name: str
) -> None:
    with pytest.raises(UnknownAsset):
        find(catalog_of(TEXT), name)


def test_the_nearest_name_is_proposed(catalog_of: Callable[[str], Catalog]) -> None:
    with pytest.raises(UnknownAsset, match='did you mean "fraud"'):
        find(catalog_of(TEXT), "frau")


def test_paths_start_where_the_person_is(catalog_of: Callable[[str], Catalog]) -> None:
    catalog = catalog_of(TEXT)
    (catalog.root / "risk").mkdir()
    assert find(catalog, "a.py", folder=catalog.root / "risk") == "model:fraud"
