"""Ranking: how sure each story is, and how sure we are of none."""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources

from modelowners.diagnosis.hypotheses import Hypothesis

UNKNOWN_SHARE = 0.35
"""What an unknown share counts as: neither for nor against."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The ranking's weights, as `weights.toml` holds them."""

    weights: dict[str, float]
    prior: dict[str, float]
    unknown: float


@functools.cache
def load_weights() -> Weights:
    """
    Read the weights that ship with the package.

    Examples
    --------
    >>> load_weights().weights["strength"] > 0 > load_weights().weights["counter"]
    True
    """
    text = resources.files(__package__).joinpath("weights.toml").read_text("utf-8")
    found = tomllib.loads(text)
    return Weights(found["weights"], found["prior"], found["unknown"]["score"])


def score(hypothesis: Hypothesis, weights: Weights) -> float:
    """
    Sum a hypothesis's figures by their weights.

    Parameters
    ----------
    hypothesis : Hypothesis
        With its harm weighed and its change matched.
    weights : Weights
        From `load_weights`.

    Returns
    -------
    float
        Log odds against *unknown*, before calibration.
    """
    w, lead = weights.weights, hypothesis.lead
    share = UNKNOWN_SHARE if hypothesis.share is None else hypothesis.share
    match = hypothesis.match
    return (
        w["intercept"]
        + w["strength"] * lead.strength
        + w["size"] * math.log1p(max(lead.size, 0.0))
        + w["share"] * share
        + w["ledger"] * (match.fit if match is not None else 0.0)
        + w["time"] * hypothesis.time
        + w["counter"] * hypothesis.counter
        + weights.prior.get(lead.kind.value, 0.0)
    )


def rank(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """
    Give every hypothesis its probability, likeliest first.

    Probabilities and that of *unknown* sum to 1.

    Parameters
    ----------
    hypotheses : sequence of Hypothesis
        Weighed and matched.

    Returns
    -------
    list of Hypothesis
        Equal scores keep a fixed order, by place and columns.
    """
    weights = load_weights()
    scored = [replace(h, score=score(h, weights)) for h in hypotheses]
    top = max([weights.unknown, *(h.score for h in scored)])
    mass = [math.exp(h.score - top) for h in scored]
    total = sum(mass) + math.exp(weights.unknown - top)
    ranked = [
        replace(h, probability=part / total)
        for h, part in zip(scored, mass, strict=True)
    ]
    ranked.sort(key=lambda h: (-h.probability, h.place.asset, h.columns))
    return ranked
