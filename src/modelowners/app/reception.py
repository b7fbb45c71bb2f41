"""
Reception: reads what other systems posted, and hands its signals to incidents.

A receiver commits the raw body and only then answers; a turn of the loop reads
what waits, attaches its signals to incidents, and marks it done. A crash in
between repeats the reading, and the signal's receipt absorbs the repeat.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from modelowners.app.desk import Desk
from modelowners.app.inbox import Post, PostState
from modelowners.app.signals import take_signals
from modelowners.catalog.files import Catalog
from modelowners.core.errors import BadAssetId, ModelownersError
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import DAY
from modelowners.incidents.ports import Receiver

if TYPE_CHECKING:
    from modelowners.app.repository import Inbox

logger = logging.getLogger(__name__)

KEPT = 7 * DAY
"""How long what was dealt with is kept."""

KEPT_REFUSED = 90 * DAY
"""How long what could not be read is kept."""


class Works(Desk, Protocol):
    """What reading the inbox needs of the program; `app.wiring.Program` has it."""

    @property
    def inbox(self) -> Inbox:
        """What was posted."""
        ...

    @property
    def receivers(self) -> Mapping[str, Receiver]:
        """Receivers by name."""
        ...


def take_posts(works: Works, *, at: datetime) -> list[str]:
    """
    Read what waits in the inbox, and attach its signals to incidents.

    Parameters
    ----------
    works : Works
        The parts.
    at : datetime
        UTC, the loop's clock; what came in later waits.

    Returns
    -------
    list of str
        What a person should know: gaps, and what could not be read. A post
        that fails waits for the next turn and stops no other.
    """
    notes: list[str] = []
    for post in _waiting(works.inbox):
        if post.received_at <= at:
            said = _take(works, post, at)
            notes += [f"post {post.id} of {post.source}: {one}" for one in said]
    works.inbox.forget(PostState.DONE, before=at - KEPT)
    works.inbox.forget(PostState.REFUSED, before=at - KEPT_REFUSED)
    return notes


def _waiting(inbox: Inbox) -> Iterator[Post]:
    """Give what waits, a few at a time: bodies may be large."""
    last = 0
    while posts := inbox.posts(after=last):
        yield from posts
        last = posts[-1].id


def _take(works: Works, post: Post, at: datetime) -> Sequence[str]:
    """Guard one post: it is done only when its incidents have recorded it."""
    receiver = works.receivers.get(post.source)
    if receiver is None:
        return (f"it waits: no receiver {post.source} is set up under connectors",)
    try:
        reading = receiver.read(post.body, receipt=str(post.id), at=post.received_at)
    except ModelownersError as error:
        works.inbox.settle([post], PostState.REFUSED, reason=str(error))
        return (f"it is kept: {error}",)
    catalog = works.catalog
    signals = [
        replace(signal, asset=named_asset(catalog, signal.labels))
        for signal in reading.signals
    ]
    try:
        take_signals(works, signals, at=at)
    except ModelownersError as error:
        return (*reading.notes, f"it waits for the next turn: {error}")
    except Exception as error:
        logger.debug("post.failed", extra={"post": post.id}, exc_info=True)
        why = f"unexpected {type(error).__name__}: {error}"
        return (*reading.notes, f"it waits for the next turn: {why}")
    works.inbox.settle([post], PostState.DONE)
    return reading.notes


def named_asset(catalog: Catalog, labels: Mapping[str, str]) -> AssetId | None:
    """
    Find the asset that an alert's labels name.

    Parameters
    ----------
    catalog : Catalog
        Knows the assets and foreign names for them.
    labels : mapping of str to str
        ``asset`` holds an id or a foreign name; ``model`` also the name alone.

    Returns
    -------
    AssetId or None
        None where they name none that the ownership file declares or covers.
    """
    for text in _names(labels):
        if text in catalog.aliases:
            return catalog.aliases[text]
        try:
            asset = asset_id(text)
        except BadAssetId:
            continue
        if asset in catalog.ids() or catalog.covering(asset):
            return asset
    return None


def _names(labels: Mapping[str, str]) -> Iterator[str]:
    if named := labels.get("asset", "").strip():
        yield named
    if model := labels.get("model", "").strip():
        yield from (model, f"model:{model}")
