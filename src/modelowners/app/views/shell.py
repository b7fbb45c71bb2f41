"""The shell: what every page carries around its own content."""

from __future__ import annotations

from dataclasses import dataclass

from modelowners.app.views.moments import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """
    How the loop inside the server is.

    Parameters
    ----------
    text : str
        One line.
    tone : str
        ``good``, ``bad`` or ``unknown``.
    at : Moment or None
        When it last finished a turn.
    notes : tuple of str
        What went wrong in that turn.
    """

    text: str
    tone: str
    at: Moment | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """
    What every page carries around its own content.

    Parameters
    ----------
    version : str
        Of modelowners.
    here : str
        The page's own path with its query, to come back to.
    twin : str
        Path without suffix; with ``.md`` and ``.json`` it gives the twins.
    section : str
        Which entry of the navigation it belongs to.
    title : str
        For the browser's tab.
    tone : str
        Which favicon: ``bad``, ``odd``, ``mending``, ``good`` or ``unknown``.
    acting : str
        Who acts; empty where that is not known.
    people : tuple of str
        Who may be chosen to act.
    heartbeat : Heartbeat
        How the loop is.
    refusal : str
        Why what was just asked was not done; empty otherwise.
    stamp : str
        Changes whenever anything a page shows may have changed.
    """

    version: str
    here: str
    twin: str
    section: str
    title: str
    tone: str
    acting: str
    people: tuple[str, ...]
    heartbeat: Heartbeat
    refusal: str = ""
    stamp: str = ""
