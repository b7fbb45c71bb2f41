"""Identities of a log, and how often they hold, per window and part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from question_worlds import AFTER, BEFORE, BOTH, World, is_after, open_world

from modelowners.core.ids import asset_id
from modelowners.core.time import DAY
from modelowners.observations.engines.duckdb.relations import identities, relation
from modelowners.observations.logs import Claim, Task
from modelowners.observations.profiles import EVERYTHING, Partition
from modelowners.observations.questions import Identity, RelationCounts

N = 4_000
FEED = Claim(asset=asset_id("dataset:feed-b"), rows={"vendor": ("2", "4")})


def trips() -> dict[str, npt.NDArray[np.generic]]:
    """Prices of two vendors; vendor 2 adds a component outside the contract later."""
    rng = np.random.default_rng(8)
    late = is_after(N)
    vendor = rng.choice([1, 2, 4], N, p=[0.5, 0.48, 0.02])
    zone = rng.integers(0, 40, N)
    table: dict[str, npt.NDArray[np.generic]] = {
        "vendor": vendor,
        "zone": np.char.add("z", zone.astype(str)).astype(object),
        "borough": np.char.add("b", (zone // 8).astype(str)).astype(object),
        "fare": rng.gamma(2, 6, N).round(2),
        "extra": rng.choice([0, 0.5, 1], N),
        "tax": np.where(rng.random(N) < 0.995, 0.5, 0.0),
        "levy": np.full(N, 0.3),
        "tip": rng.gamma(2, 1, N).round(2),
        "pieces": rng.integers(0, 7, N) * 1.0,  # 0 too: else `tip <= bill` is a law
    }
    names = ("fare", "extra", "tax", "levy")
    parts = np.sum([table[c].astype(float) for c in names], axis=0)
    table["truth"] = parts + np.where(late & (vendor == 2), 2.5, 0.0)
    table["bill"] = table["tip"].astype(float) * table["pieces"].astype(float)
    begin = rng.normal(100, 20, N)
    table |= {"begin": begin, "finish": begin + rng.exponential(5, N)}
    return table


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("relations")
    return open_world(folder, trips(), segments=("vendor",))


@pytest.fixture(scope="module")
def found(world: World) -> tuple[Identity, ...]:
    return identities(world.connection, world.canonical, BEFORE, claims=[FEED])


def test_every_form_is_found_and_nothing_else(found: tuple[Identity, ...]) -> None:
    assert [str(i) for i in found] == [
        "actual = fare + extra + tax + levy",
        "bill = tip * pieces",
        "zone determines borough",
        "begin <= finish",
    ]
    assert all(i.held >= 0.99 for i in found)


def test_the_broken_part_is_told_apart(
    world: World, found: tuple[Identity, ...]
) -> None:
    counted = relation(
        world.connection, world.canonical, found[:1], [BEFORE, AFTER], claims=[FEED]
    )
    table = trips()
    late, vendor = is_after(N), table["vendor"].astype(int)
    expected = {
        EVERYTHING: np.ones(N, bool),
        Partition("segment", (("vendor", "1"),)): vendor == 1,
        Partition("segment", (("vendor", "2"),)): vendor == 2,
        Partition("segment", (("vendor", "4"),)): vendor == 4,
        Partition("rows", (("vendor", "2|4"),), "dataset:feed-b"): vendor != 1,
    }
    assert [c.partition for c in counted] == list(expected)
    for one in counted:
        rows = expected[one.partition]
        broken = late & rows & (vendor == 2)
        assert one.rows.tolist() == [(rows & ~late).sum(), (rows & late).sum()]
        assert (one.rows - one.held).tolist() == [0, broken.sum()]
        assert one.gap == pytest.approx([0.0, 2.5 if broken.any() else 0.0])


def test_one_statement_for_many_windows_equals_a_count_by_hand(
    world: World, found: tuple[Identity, ...]
) -> None:
    windows = BOTH.split(DAY)
    (key,) = [i for i in found if i.form == "key"]
    (product,) = [i for i in found if i.form == "product"]
    (order,) = [i for i in found if i.form == "order"]
    counted = relation(
        world.connection, world.canonical, [key, product, order], windows
    )
    whole = [c for c in counted if c.partition == EVERYTHING]
    assert [c.identity for c in whole] == [key, product, order]
    for one in whole:
        assert one.windows == windows
        assert one.rows.sum() == one.held.sum() == N
        assert np.ptp(one.rows) <= 1


def test_a_broken_key_shows_where_it_breaks(tmp_path: Path) -> None:
    table = trips()
    late = is_after(N) & (np.arange(N) % 4 == 0)
    borough = table["borough"].copy()
    borough[late] = "elsewhere"
    borough[:5] = np.array([None])
    world = open_world(tmp_path, {"zone": table["zone"], "borough": borough})
    (key,) = identities(world.connection, world.canonical, BEFORE)
    one = whole(world, key)
    assert str(key) == "zone determines borough"
    assert key.learned == BEFORE
    assert (one.rows - one.held).tolist() == [0, late.sum()]
    assert one.rows[0] == N // 2 - 5, "rows with a null do not count"


def whole(world: World, identity: Identity) -> RelationCounts:
    counted = relation(world.connection, world.canonical, [identity], [BEFORE, AFTER])
    (one,) = [c for c in counted if c.partition == EVERYTHING]
    return one


def test_nulls_and_infinities_do_not_count(tmp_path: Path) -> None:
    a = np.arange(N) * 1.0
    a[:10], a[10:15] = np.nan, np.inf
    world = open_world(tmp_path, {"a": a, "b": np.arange(N) * 1.0})
    same = Identity(form="sum", target="a", terms=((1.0, "b"),), tolerance=0.005)
    assert whole(world, same).rows.tolist() == [N // 2 - 15, N // 2]
    assert whole(world, same).held.tolist() == [N // 2 - 15, N // 2]


def test_one_that_fails_in_a_large_part_is_no_identity(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, N)).round(2)
    # 15 % of the rows, of which 5 % are broken: 99.25 % hold all in all.
    part = np.where(np.arange(N) % 20 < 3, 9, 1)
    total = a + b + 7.0 * (np.arange(N) % 400 == 0) + 7.0 * (np.arange(N) % 400 == 201)
    total += 7.0 * (np.arange(N) % 400 == 2)
    columns = {"a": a, "b": b, "total": total, "part": part}
    alone = open_world(tmp_path / "a", columns)
    apart = open_world(tmp_path / "b", columns, segments=("part",))
    found = [identities(w.connection, w.canonical, BEFORE) for w in (alone, apart)]
    assert [[str(i) for i in some] for some in found] == [["total = a + b"], []]


def test_the_models_outputs_take_no_part(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, N)).round(2)
    table = {"a": a, "b": b, "score": a + b, "truth": rng.normal(size=N)}
    world = open_world(tmp_path, table)
    assert identities(world.connection, world.canonical, BEFORE) == ()


def test_times_have_an_order_but_no_sum(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    begin = np.datetime64("2026-01-01", "us") + rng.integers(0, 10**12, N)
    end = begin + rng.integers(1, 10**9, N)
    world = open_world(tmp_path, {"begin": begin, "end": end, "x": rng.random(N)})
    found = identities(world.connection, world.canonical, BEFORE)
    assert [str(i) for i in found] == ["begin <= end"]


def test_a_feature_named_like_the_truth_is_not_taken_for_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(2, N)).round(2)
    table = {"a": a, "b": b, "actual": rng.random(N), "truth": a + b}
    world = open_world(tmp_path, table)
    found = identities(world.connection, world.canonical, BEFORE)
    assert [str(i) for i in found] == ["actual = a + b"]
    assert whole(world, found[0]).held.sum() == N


def test_nothing_to_ask_or_too_few_rows(world: World, tmp_path: Path) -> None:
    gone = Identity(form="sum", target="gone", terms=((1.0, "fare"),))
    assert relation(world.connection, world.canonical, [gone], [BEFORE]) == ()
    assert relation(world.connection, world.canonical, [], [BEFORE]) == ()
    few = open_world(tmp_path, {name: v[:300] for name, v in trips().items()})
    assert identities(few.connection, few.canonical, BEFORE) == ()


def test_a_log_without_labels_or_with_classes_has_no_sum_of_truth(
    tmp_path: Path,
) -> None:
    table = trips()
    bare = open_world(tmp_path / "bare", table, labelled=False)
    assert not any(
        "actual" in str(i) for i in identities(bare.connection, bare.canonical, BEFORE)
    )
    classes = table | {"prediction": np.array(["a", "b"], object)[np.arange(N) % 2]}
    many = open_world(tmp_path / "many", classes, task=Task.MULTICLASS)
    assert not any(
        "actual" in str(i) for i in identities(many.connection, many.canonical, BEFORE)
    )


def test_columns_may_be_called_like_parts_of_the_statement(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    g0, w = rng.normal(size=(2, N)).round(2)
    k = np.array(["a", "b", "c"], object)[rng.integers(0, 3, N)]
    v = np.where(k == "a", "x", "y").astype(object)
    table = {"g0": g0, "w": w, "p0": g0 + w, "k": k, "v": v}
    world = open_world(tmp_path, table, segments=("v",))
    found = identities(world.connection, world.canonical, BEFORE)
    assert [str(i) for i in found] == ["p0 = g0 + w", "k determines v"]
    assert [whole(world, i).held.sum() for i in found] == [N, N]


def test_segments_beyond_fifty_values_are_one_rest(tmp_path: Path) -> None:
    city = np.char.add("c", np.minimum(np.arange(N) % 80, 79).astype(str)).astype(
        object
    )
    city[::9] = None
    table = {"city": city, "a": np.arange(N) * 1.0, "b": np.arange(N) * 1.0}
    world = open_world(tmp_path, table, segments=("city",))
    same = Identity(form="sum", target="a", terms=((1.0, "b"),), tolerance=0.1)
    counted = relation(world.connection, world.canonical, [same], [BOTH])
    names = [c.partition.where[0][1] for c in counted[1:]]
    assert len(names) == 52
    assert names[-2:] == ["(null)", "(other)"]
    assert sum(int(c.rows.sum()) for c in counted[1:]) == N
