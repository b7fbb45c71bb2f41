"""Edges rise, enclose the reference, and their version is their values."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelowners.observations.binning import (
    DOUBLINGS,
    FEW,
    edges_version,
    few_edges,
    place_edges,
)

finite = st.floats(-1e12, 1e12)


@given(st.lists(finite, min_size=1, max_size=63))
def test_edges_rise_and_enclose(values: list[float]) -> None:
    edges = place_edges(sorted(values), min(values), max(values))
    assert (np.diff(edges.values) > 0).all()
    assert edges.values[0] < min(values)
    assert edges.values[-1] > max(values)
    assert set(np.array(values) + 0.0) <= set(edges.values)


@given(st.lists(finite, min_size=1, max_size=63))
def test_few_edges_are_some_of_them(values: list[float]) -> None:
    edges = place_edges(sorted(values), min(values), max(values))
    few = few_edges(edges)
    assert 1 <= len(few.values) <= FEW
    assert set(few.values) <= set(edges.values)


def test_a_thousandfold_value_is_between_edges() -> None:
    edges = place_edges([1.0, 2.0, 3.0], 0.0, 4.0)
    assert edges.values[-1] > 4_000
    assert len(edges.values) == 2 * DOUBLINGS + 5
    assert edges.n_bins == len(edges.values) + 1


def test_a_huge_range_leaves_out_infinite_edges() -> None:
    edges = place_edges([0.0], -1e308, 1e308)
    assert np.isfinite(edges.values).all()


def test_the_version_changes_with_the_values() -> None:
    one, other = np.array([0.0, 1.0]), np.array([0.0, np.nextafter(1.0, 2.0)])
    assert edges_version(one) == edges_version(one.copy())
    assert edges_version(one) != edges_version(other)
