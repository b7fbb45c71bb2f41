"""Standing: how a model or an incident is, as one word and one shape."""

from __future__ import annotations

from dataclasses import dataclass

from modelowners.incidents.incident import Incident, State


@dataclass(frozen=True, slots=True)
class Standing:
    """
    A state as pages show it.

    Parameters
    ----------
    word : str
        One word or two.
    shape : str
        A character of its own, so that colour only helps.
    tone : str
        ``bad``, ``odd``, ``mending``, ``good`` or ``unknown``.
    order : int
        The worst first, from 0.
    """

    word: str
    shape: str
    tone: str
    order: int


HURT = Standing("hurt", "▲", "bad", 0)
ODD = Standing("odd", "◆", "odd", 1)
BLIND = Standing("not seen", "✕", "unknown", 2)
MENDING = Standing("mending", "◐", "mending", 3)
WAITING = Standing("not looked at yet", "○", "unknown", 4)
WELL = Standing("well", "●", "good", 5)
UNOBSERVED = Standing("no log", "·", "unknown", 6)

STANDINGS = (HURT, ODD, BLIND, MENDING, WAITING, WELL, UNOBSERVED)
"""Every standing of a model, the worst first."""


def of_incident(incident: Incident) -> Standing:
    """
    Say how an incident is.

    Parameters
    ----------
    incident : Incident
        Any.
    """
    if incident.active:
        first = HURT if incident.pages else ODD
        return Standing(incident.state.value, first.shape, first.tone, first.order)
    if incident.state is State.MITIGATED:
        return Standing("mitigated", MENDING.shape, MENDING.tone, MENDING.order)
    return Standing(incident.state.value, WELL.shape, WELL.tone, WELL.order)


def of_model(incident: Incident | None) -> Standing:
    """
    Say how a model is, by the worst incident it has that is not over.

    Parameters
    ----------
    incident : Incident or None
        Unresolved.
    """
    if incident is None:
        return WELL
    if incident.active:
        return HURT if incident.pages else ODD
    return MENDING
