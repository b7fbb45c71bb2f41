"""
Proof: that somebody answers at every instant of a horizon, not only now.

Between two change points every role stays as it is, so evaluating the roles at
each of them covers the whole horizon. Assets with the same responsibility
chain share one proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from modelowners.catalog.people import Organisation
from modelowners.catalog.roles import (
    Chain,
    accountable,
    change_points,
    escalation,
    falls_back,
    responder,
)
from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """
    A stretch of time in which every role of a chain stays as it is.

    Parameters
    ----------
    start, end : datetime
        UTC, half-open.
    accountable, responder : str or None
        Who they are.
    falls_back : bool
        A shift runs, but its holder is not available.
    steps : int
        Steps of the escalation plan that reach a person.
    """

    start: datetime
    end: datetime
    accountable: str | None
    responder: str | None
    falls_back: bool
    steps: int


@dataclass(frozen=True, slots=True)
class ChainProof:
    """The roles of one chain over the horizon, and the assets it answers for."""

    chain: Chain
    assets: tuple[AssetId, ...]
    intervals: tuple[Interval, ...]

    def spans(self, holds: Callable[[Interval], bool]) -> Iterator[TimeWindow]:
        """Yield the longest windows in which a condition holds throughout."""
        start: datetime | None = None
        for interval in self.intervals:
            if holds(interval):
                start = interval.start if start is None else start
            elif start is not None:
                yield TimeWindow(start, interval.start)
                start = None
        if start is not None:
            yield TimeWindow(start, self.intervals[-1].end)

    @property
    def gaps(self) -> tuple[TimeWindow, ...]:
        """When nobody is accountable."""
        return tuple(self.spans(lambda interval: interval.accountable is None))


def prove(
    org: Organisation,
    chains: Mapping[Chain, Iterable[AssetId]],
    window: TimeWindow,
) -> tuple[ChainProof, ...]:
    """
    Evaluate every chain at every change point of a window.

    Parameters
    ----------
    org : Organisation
        Who exists, and who can be reached when.
    chains : mapping of Chain to iterable of AssetId
        Distinct chains with the assets they answer for.
    window : TimeWindow
        UTC, half-open; of no length where only its start is asked for.

    Returns
    -------
    tuple of ChainProof
        In order of the chain.
    """
    return tuple(
        ChainProof(chain, tuple(chains[chain]), _intervals(org, chain, window))
        for chain in sorted(chains)
    )


def _intervals(
    org: Organisation, chain: Chain, window: TimeWindow
) -> tuple[Interval, ...]:
    starts = [window.start, *change_points(org, chain, window.start, window.end)]
    ends = [*starts[1:], window.end]
    return tuple(
        Interval(
            start=start,
            end=end,
            accountable=accountable(org, chain, start).person,
            responder=responder(org, chain, start).person,
            falls_back=falls_back(org, chain, start),
            steps=len(escalation(org, chain, start)),
        )
        for start, end in zip(starts, ends, strict=True)
    )
