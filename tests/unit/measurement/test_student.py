from __future__ import annotations

import pytest
from scipy import stats

from modelowners.measurement.student import t_cdf, t_quantile

FREEDOMS = [1, 2, 3, 4, 5, 7, 10, 25, 26, 60, 200]


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("value", [-8.0, -1.0, -0.3, 0.0, 0.3, 1.0, 2.0, 5.0])
def test_the_distribution_is_scipys(value: float, freedom: int) -> None:
    assert t_cdf(value, freedom) == pytest.approx(
        stats.t.cdf(value, freedom), abs=1e-12
    )


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("share", [0.001, 0.025, 0.5, 0.975, 0.999])
def test_the_quantile_is_scipys(share: float, freedom: int) -> None:
    assert t_quantile(share, freedom) == pytest.approx(
        stats.t.ppf(share, freedom), rel=1e-10, abs=1e-12
    )
