"""Evidence: one statement with the figures that make it checkable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    A statement for a person, with its figures and the question behind it.

    Parameters
    ----------
    kind : str
        What sort of proof: ``signature``, ``relation``, ``level``, ``ledger`` …
    text : str
        The sentence a person reads.
    value, before : float or None
        The figure after and before the onset, where there is one.
    question : str or None
        The engine question that gave it, so that it can be asked again.

    Examples
    --------
    >>> Evidence("signature", "null share rose from 0 % to 40 %", 0.4, 0.0).value
    0.4
    """

    kind: str
    text: str
    value: float | None = None
    before: float | None = None
    question: str | None = None
