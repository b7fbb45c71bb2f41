"""Departures: aliases that vanished from a model registry, as signals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelowners.incidents.signals import Signal, fingerprint
from modelowners.ledger.changes import Change, ChangeKind

PREFIX = "alias:"
SYMPTOM = "contract"
"""Whoever loads the model by that alias can no longer: what was agreed is broken."""


def departures(changes: Iterable[Change]) -> tuple[Signal, ...]:
    """
    Tell which aliases are gone, and which came back.

    Parameters
    ----------
    changes : iterable of Change
        Of the ledger, in any order.

    Returns
    -------
    tuple of Signal
        One that fires for each alias gone, one that ends for each set anew
        since; told again they say the same, by the change's id.
    """
    moves = sorted(
        (one for one in changes if _is_alias_move(one)),
        key=lambda one: (one.window, one.id),
    )
    return tuple(_signals(moves))


def _is_alias_move(change: Change) -> bool:
    is_alias = change.path is not None and change.path.startswith(PREFIX)
    return change.kind is ChangeKind.DEPLOY and is_alias


def _signals(moves: Iterable[Change]) -> Iterator[Signal]:
    gone: dict[str, Signal] = {}
    for move in moves:
        labels = {
            "alertname": "alias gone",
            "asset": move.asset,
            "alias": (move.path or "").removeprefix(PREFIX),
            "instance": move.source.instance,
        }
        name = fingerprint(labels)
        if not move.after:
            gone[name] = Signal(
                source=move.source.connector,
                fingerprint=name,
                starts_at=move.window.start,
                asset=move.asset,
                symptom_class=SYMPTOM,
                labels=labels,
                annotations={"summary": move.what},
                url=move.source.url,
                receipt=move.id,
            )
            yield gone[name]
        elif name in gone:
            fired = gone.pop(name)
            yield Signal(
                source=fired.source,
                fingerprint=name,
                starts_at=fired.starts_at,
                ends_at=move.window.end,
                asset=fired.asset,
                symptom_class=SYMPTOM,
                labels=labels,
                annotations={"summary": move.what},
                url=move.source.url,
                receipt=move.id,
            )
