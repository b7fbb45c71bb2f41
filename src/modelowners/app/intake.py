"""The intake: what the program takes in before it looks at any model."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from modelowners.core.errors import ModelownersError
from modelowners.core.time import Clock
from modelowners.ledger import capture
from modelowners.ledger.ports import ChangeSource
from modelowners.ledger.watermarks import Captured

if TYPE_CHECKING:
    from modelowners.ledger.repository import Ledger

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unread:
    """
    A source that could not be read; what is known of it stays.

    Parameters
    ----------
    connector, instance : str
        Which source.
    why : str
        As the connector said it.
    since : datetime or None
        UTC; the last look that succeeded: what it told is stale since then.
    """

    connector: str
    instance: str
    why: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """What every source told: those read, and those that could not be."""

    captured: tuple[Captured, ...]
    unread: tuple[Unread, ...]


def take_in(sources: Iterable[ChangeSource], *, ledger: Ledger, clock: Clock) -> Intake:
    """
    Read every source; the failure of one does not keep the others from being read.

    Parameters
    ----------
    sources : iterable of ChangeSource
        Where to read.
    ledger : Ledger
        Where to keep.
    clock : Clock
        Tells when it was recorded.

    Returns
    -------
    Intake
        What was read, and what could not be.
    """
    captured: list[Captured] = []
    unread: list[Unread] = []
    for source in sources:
        try:
            captured.append(capture(source, ledger=ledger, clock=clock))
        except ModelownersError as error:
            why = str(error)
        except Exception as error:
            # The guard around one connector: the others are still to be read.
            logger.debug("connector.failed", exc_info=True)
            why = f"unexpected {type(error).__name__}: {error}"
        else:
            continue
        unread.append(_stale(source, why, ledger=ledger, clock=clock))
    return Intake(tuple(captured), tuple(unread))


def _stale(source: ChangeSource, why: str, *, ledger: Ledger, clock: Clock) -> Unread:
    connector, instance = source.connector, source.instance
    ledger.failed(connector, instance, at=clock.now(), why=why)
    known = {(m.connector, m.instance): m.looked_at for m in ledger.watermarks()}
    return Unread(connector, instance, why, known.get((connector, instance)))
