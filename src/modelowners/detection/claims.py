"""
Claims: what `expect:` says of a model, each read as a check of its own.

::

    expect:
      metric: {log_loss: "<= 0.5"}
      range: {score: [0, 1]}
      weak:
        - {segment: country=NO, why: few customers, limit: log_loss <= 0.7}
      seasonal: weekly

A claim that passes holds, one that fails is broken, any other is not tested.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from modelowners.core.facets import Facet, Node, items, mapping, number, text
from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow
from modelowners.detection.checks import between, metric
from modelowners.detection.checks.forms import (
    NUMBER,
    Check,
    Judgement,
    Rule,
    Schema,
    figure,
    required,
)
from modelowners.detection.checks.grounds import CannotJudge, View
from modelowners.detection.checks.results import Severity, Verdict
from modelowners.detection.frames import Frame
from modelowners.detection.shifts import remove_weekly
from modelowners.observations.profiles import EVERYTHING, NumericProfile

KIND = "claim"
"""What the results of claims call themselves."""
CYCLES = 3
WEEK = 7
CLEARLY = 2.0
"""Standard errors by which a weak segment must do better to be weak no more."""
_WEAK = ("segment", "why", "limit")


def read_claims(asset: AssetId, facet: Facet, root: Path) -> tuple[Check, ...]:
    """
    Read an `expect` facet.

    Parameters
    ----------
    asset : AssetId
        The model.
    facet : Facet
        Its `expect` section.
    root : Path
        Folder of the ownership file; nothing is read from it.

    Returns
    -------
    tuple of Check
        One per claim, in the order of the file.

    Raises
    ------
    BadFacet
        At the first key or value that is wrong, with its place.

    Examples
    --------
    >>> from modelowners.core.ids import asset_id
    >>> seasonal = Node("weekly", "f.yaml", 3, 19)
    >>> facet = Facet("expect", Node({"seasonal": seasonal}, "f.yaml", 3, 9))
    >>> [claim.name for claim in read_claims(asset_id("model:churn"), facet, Path())]
    ['weekly rhythm']
    """
    del asset, root
    readers = {
        "metric": _metrics,
        "range": _ranges,
        "weak": _weak,
        "seasonal": _seasonal,
    }
    found = mapping(facet.node, readers)
    return tuple(claim for key in found for claim in readers[key](found[key]))


def _metrics(node: Node) -> Iterator[Check]:
    for rule in metric.read(node):
        yield _claim(f"promised {rule.subject}", rule, node)


def _ranges(node: Node) -> Iterator[Check]:
    for name, child in mapping(node).items():
        ends = items(child)
        if len(ends) != 2:  # noqa: PLR2004 - from and to
            raise child.refuse(f"expected two numbers, [from, to], found {len(ends)}")
        low, high = number(ends[0]), number(ends[1])
        if low > high:
            raise child.refuse(
                f"expected [from, to] in order, found [{figure(low)}, {figure(high)}]"
            )
        yield _claim(f"range of {name}", between.Between(name, low, high), child)


def _weak(node: Node) -> Iterator[Check]:
    for entry in items(node):
        found = mapping(entry, dict.fromkeys(_WEAK))
        segment = required(entry, found, "segment")
        column, equals, value = text(segment).partition("=")
        if not column.strip() or not equals or not value.strip():
            raise segment.refuse(
                f'expected a segment such as "country=NO", found "{text(segment)}"'
            )
        where = {column.strip(): value.strip()}
        why = text(found["why"]) if "why" in found else ""
        name = f"weak where {column.strip()}={value.strip()}"
        if "limit" in found:
            # Weak, but no weaker than this.
            for rule in metric.read(found["limit"]):
                yield _claim(name, rule, entry, where=where, why=why)
        else:
            yield _claim(name, Weak(), entry, Severity.WARN, where, why)


def _seasonal(node: Node) -> Iterator[Check]:
    if text(node) != "weekly":
        raise node.refuse(f'expected the season weekly, found "{text(node)}"')
    yield _claim("weekly rhythm", Weekly(), node, Severity.WARN)


def _claim(  # noqa: PLR0913, PLR0917 - the parts of a check
    name: str,
    rule: Rule,
    node: Node,
    severity: Severity = Severity.ERROR,
    where: dict[str, str] | None = None,
    why: str = "",
) -> Check:
    return Check(
        name=name,
        kind=KIND,
        rule=rule,
        severity=severity,
        where=where or {},
        why=why,
        place=node.place,
    )


@dataclass(frozen=True, slots=True)
class Weak:
    """
    A segment does worse than the other rows, as its owner knows.

    Broken once it clearly does better: then the claim is out of date.
    """

    usual_windows = 28
    needs_labels = True
    judges_silence = False

    @property
    def subject(self) -> str:
        """What it is about."""
        return "loss"

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        return "does worse than other rows"

    def judge(self, view: View) -> Judgement:
        """
        Compare the segment's main loss with that of all other rows.

        Raises
        ------
        CannotJudge
            If there is nothing to compare with.
        """
        loss = metric.main_loss(view)
        whole = View(view.grounds, EVERYTHING, view.first, view.last)
        mine = metric.labelled(view).losses.get(loss)
        every = metric.labelled(whole).losses.get(loss)
        if mine is None or every is None or mine.n >= every.n:
            raise CannotJudge(why="there are no other labelled rows to compare with")
        n, total = every.n - mine.n, every.total - mine.total
        rest = total / n
        spread = max((every.squares - mine.squares) / n - rest**2, 0.0)
        error = math.sqrt(mine.variance / mine.n + spread / n)
        better = rest - mine.mean > CLEARLY * error
        return Judgement(
            verdict=Verdict.FAIL if better else Verdict.PASS,
            found=f"{loss} {figure(mine.mean)}, elsewhere {figure(rest)}",
        )


@dataclass(frozen=True, slots=True)
class Weekly:
    """Volume or output follows the days of the week."""

    usual_windows = WEEK * CYCLES
    needs_labels = False
    judges_silence = False

    @property
    def subject(self) -> str:
        """What it is about."""
        return "week"

    @property
    def expected(self) -> str:
        """What must be so, in words."""
        return "volume or output follows the week"

    def judge(self, view: View) -> Judgement:
        """
        See whether the weekday explains clearly more than chance would.

        Raises
        ------
        CannotJudge
            If fewer than three whole weeks are known.
        """
        frame = view.grounds.frame
        known = Frame(
            windows=frame.windows[: view.last],
            reference=frame.reference,
            test=_after(frame.windows[view.last - 1]),
            profiles={},
        )
        phases = known.phases()
        if len(phases) < CYCLES * len(set(phases.tolist())) or len(set(phases)) < WEEK:
            raise CannotJudge(
                why=f"{len(phases)} windows are fewer than {CYCLES} whole weeks"
            )
        rows = [p.rows.kept if p else 0 for p in frame.of(view.partition)[: view.last]]
        outputs = [_output(view, i) for i in range(view.last)]
        values = np.array([np.log(np.maximum(rows, 0.5)), outputs], np.float64)
        flat = remove_weekly(values, known)
        moved = [
            name
            for name, before, after in zip(
                ("volume", "output"), values, flat, strict=True
            )
            if not np.array_equal(before, after, equal_nan=True)
        ]
        said = " and ".join(moved) or "neither volume nor output"
        verb = "follow" if len(moved) > 1 else "follows"
        return Judgement(
            verdict=Verdict.PASS if moved else Verdict.FAIL,
            found=f"{said} {verb} the week",
        )


def _after(window: TimeWindow) -> TimeWindow:
    """Give the window that follows: nothing looked at is under test."""
    return TimeWindow(window.end, window.end + window.length)


def _output(view: View, index: int) -> float:
    profile = view.grounds.frame.of(view.partition)[index]
    score = profile.columns.get("score") if profile is not None else None
    return score.mean if isinstance(score, NumericProfile) else math.nan


def claims_schema() -> Schema:
    """
    Give the JSON Schema of an `expect` section.

    Examples
    --------
    >>> sorted(claims_schema()["properties"])
    ['metric', 'range', 'seasonal', 'weak']
    """
    pair = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}
    weak = {
        "type": "object",
        "properties": {
            "segment": {"type": "string"},
            "why": {"type": "string"},
            "limit": {"type": "string"},
        },
        "required": ["segment"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "metric": metric.KIND.schema,
            "range": {"type": "object", "additionalProperties": pair},
            "weak": {"type": "array", "items": weak},
            "seasonal": {"const": "weekly"},
        },
        "patternProperties": {"^x-": True},
        "additionalProperties": False,
    }
