"""The intake: what the program takes in before it looks at any model."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
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
    """A source that could not be read, and why; what is known of it stays."""

    connector: str
    instance: str
    why: str


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
            unread.append(Unread(source.connector, source.instance, str(error)))
        except Exception as error:
            # The guard around one connector: the others are still to be read.
            logger.debug("connector.failed", exc_info=True)
            why = f"unexpected {type(error).__name__}: {error}"
            unread.append(Unread(source.connector, source.instance, why))
    return Intake(tuple(captured), tuple(unread))
