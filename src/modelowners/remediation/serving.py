"""Serving: whether new rows show that a version is what answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from modelowners.core.time import format_instant

ENOUGH = 0.99
"""Share of new rows that must carry the version."""

LEAST_ROWS = 100
"""
Fewer new rows prove nothing: were one in twenty still the other version's, a
hundred rows would pass by chance in 4 of 100 cases, thirty in 21.
"""

NEWEST_ROWS = 500
"""Only so many of the newest rows are looked at: the latest state counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """
    What the log shows about a version since an instant.

    Parameters
    ----------
    version : str
        The one that should answer.
    since : datetime
        UTC; rows from then on count.
    rows : int
        New rows looked at, at least 0.
    share : float or None
        Those that carry the version, 0 to 1; None without rows.
    others : tuple of (str, int)
        Other versions and their rows, most first.
    silent : bool
        Whether the log does not say which version answered.
    """

    version: str
    since: datetime
    rows: int = 0
    share: float | None = None
    others: tuple[tuple[str, int], ...] = ()
    silent: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether the version is proven to be served."""
        enough = self.rows >= LEAST_ROWS
        return enough and self.share is not None and self.share >= ENOUGH

    def plain(self) -> dict[str, object]:
        """Give it as the audit keeps it."""
        return {
            "version": self.version,
            "since": format_instant(self.since),
            "rows": self.rows,
            "share": self.share,
            "others": [list(pair) for pair in self.others],
        }

    def __str__(self) -> str:
        since = format_instant(self.since.replace(microsecond=0))
        if self.silent:
            return "serving unverified: the log does not say which version answered"
        if self.share is None:
            return f"serving unverified: no row was logged since {since}"
        seen = f"{100 * self.share:.4g} % of {self.rows} new rows carry it"
        if self.confirmed:
            return f"version {self.version} is served: {seen}"
        if self.share >= ENOUGH:
            return f"serving unverified: {seen}; {LEAST_ROWS} rows are needed"
        said = ", ".join(f"{rows} of version {name}" for name, rows in self.others[:3])
        return f"serving unverified: {seen}, {said}"


def observe(
    version: str, served: Mapping[str, int] | None, *, since: datetime
) -> Serving:
    """
    Judge what new rows show about a version.

    Parameters
    ----------
    version : str
        The one that should answer.
    served : mapping of str to int, or None
        Newest rows by version; None where the log names none.
    since : datetime
        UTC; when the rows begin that were counted.

    Examples
    --------
    >>> from modelowners.core.time import EPOCH
    >>> observe("1", {"1": 500}, since=EPOCH).confirmed
    True
    >>> print(observe("1", {"2": 300}, since=EPOCH))
    serving unverified: 0 % of 300 new rows carry it, 300 of version 2
    """
    if served is None:
        return Serving(version=version, since=since, silent=True)
    rows = sum(served.values())
    if not rows:
        return Serving(version=version, since=since)
    others = sorted(
        ((name, n) for name, n in served.items() if name != version and n),
        key=lambda pair: (-pair[1], pair[0]),
    )
    return Serving(
        version=version,
        since=since,
        rows=rows,
        share=served.get(version, 0) / rows,
        others=tuple(others),
    )
