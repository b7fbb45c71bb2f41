"""Groupings: which rows of a scan belong together, by window and by part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from modelowners.core.time import MICROSECOND, TimeWindow, to_micros
from modelowners.observations.engines.duckdb.times import bucket_sql


class Group(NamedTuple):
    """A window's number since 1970 and a part, such as a segment's value."""

    bucket: int
    part: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """
    How to group.

    Parameters
    ----------
    grain : timedelta or None
        Length of windows counted from 1970; None: one window, number 0.
    part : str
        SQL of the part, text.
    where : str
        SQL of the rows concerned.
    """

    grain: timedelta | None
    part: str = "''"
    where: str = "TRUE"

    @property
    def bucket(self) -> str:
        """SQL of the window's number."""
        if self.grain is None:
            return "CAST(0 AS BIGINT)"
        return bucket_sql("ts", self.grain)

    def select(self, figures: str, view: str) -> str:
        """Give the statement that computes figures by group, in a fixed order."""
        return (
            f"SELECT {self.bucket} AS bucket, {self.part} AS part, {figures} "
            f"FROM {view} WHERE {self.where} GROUP BY 1, 2 ORDER BY 1, 2"
        )

    def number(self, window: TimeWindow) -> int:
        """Give the number of a window."""
        if self.grain is None:
            return 0
        return to_micros(window.start) // (self.grain // MICROSECOND)
