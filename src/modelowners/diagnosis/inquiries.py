"""Inquiries: everything a diagnosis is asked with, as values and ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from modelowners.core.ids import AssetId
from modelowners.detection.frames import Frame
from modelowners.detection.shifts import Shift
from modelowners.diagnosis.attribution import Resolver
from modelowners.ledger.changes import Change
from modelowners.observations.logs import PredictionLog, Task
from modelowners.observations.ports import Engine

Progress = Callable[[str, float], None]


def silent(text: str, done: float) -> None:
    """Tell nobody."""
    del text, done


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """
    What a person asked about: which metric, in which rows; empty means all.

    Parameters
    ----------
    loss : str or None
        Name of the loss that decides harm; None: the task's own.
    segment : mapping of str to str
        Only harm in these rows is looked at.
    """

    loss: str | None = None
    segment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """
    What a diagnosis is asked with.

    Parameters
    ----------
    log : PredictionLog
        The model's log.
    task : Task
        What it predicts.
    frame : Frame
        Profiles in windows, with reference and test.
    shifts : tuple of Shift
        Streams that moved.
    engine : Engine
        Answers questions.
    resolver : callable
        Gives an asset's ownership at an instant.
    upstream : mapping of AssetId to mapping of AssetId to int
        For each asset what lies upstream and how many steps; itself at 0.
    changes : sequence of Change
        Of the model and everything upstream.
    progress : callable
        Told a short sentence and the share done.
    looked_at_ledger : bool
        False where no ledger was there to look at.
    focus : Focus
        What a person asked about.
    """

    log: PredictionLog
    task: Task
    frame: Frame
    shifts: tuple[Shift, ...]
    engine: Engine
    resolver: Resolver
    upstream: Mapping[AssetId, Mapping[AssetId, int]] = field(default_factory=dict)
    changes: Sequence[Change] = ()
    progress: Progress = silent
    looked_at_ledger: bool = True
    focus: Focus = field(default_factory=Focus)
