"""The fleet: one row a model, the worst first."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from modelowners.app.charts.spark import draw_spark
from modelowners.app.phrases import clean, say_figure, say_metric, say_share, short
from modelowners.app.views.acts import Option
from modelowners.app.views.moments import Moment, moment
from modelowners.app.views.reading import Glance
from modelowners.app.views.readings import Readings
from modelowners.app.views.roster import Roster
from modelowners.app.views.standing import (
    BLIND,
    HURT,
    ODD,
    STANDINGS,
    UNOBSERVED,
    WAITING,
    WELL,
    Standing,
    of_model,
)
from modelowners.catalog.files import Catalog
from modelowners.core.ids import AssetId
from modelowners.incidents.incident import UNRESOLVED, Incident

if TYPE_CHECKING:
    from modelowners.app.wiring import Program

PAGE = 50
OBSERVED = "predictions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """
    What of the fleet is shown, as the URL says; empty texts show all.

    Parameters
    ----------
    owner, tier, state, q : str
        Owner's name, tier, a standing's word, part of the model's name.
    page : int
        From 1.
    """

    owner: str = ""
    tier: str = ""
    state: str = ""
    q: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One model; all text.

    Parameters
    ----------
    standing : Standing
        How it is.
    name, path : str
        Its name, and the path of its page.
    tier : str
        1 to 3.
    owner, oncall : str
        Whose it is, and who is asked now; empty where nobody is.
    spark, metric : str
        Its metric drawn and in words; empty before the first look.
    incident, headline : str
        Its worst unresolved incident; empty where there is none.
    more : int
        Further unresolved incidents.
    unlabelled : str
        Share of due rows without a label.
    seen : Moment or None
        When it was last looked at.
    note : str
        Why it could not be looked at, or what moved without harm.
    """

    standing: Standing
    name: str
    path: str
    tier: str
    owner: str
    oncall: str
    spark: str
    metric: str
    incident: str
    headline: str
    more: int
    unlabelled: str
    seen: Moment | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPage:
    """
    What the fleet's page shows.

    Parameters
    ----------
    sentence : str
        How many hurt, and how many nobody answers for.
    tone : str
        Of the worst.
    rows : tuple of Row
        Of this page, the worst first.
    filter : Filter
        What was asked for.
    owners, states : tuple of Option
        What may be asked for, with how many there are.
    shown, total, pages : int
        Models that the filter lets through, all, and pages of them.
    empty : str
        What to type where there is nothing to show.
    """

    sentence: str
    tone: str
    rows: tuple[Row, ...]
    filter: Filter
    owners: tuple[Option, ...]
    states: tuple[Option, ...]
    shown: int
    total: int
    pages: int
    empty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A model before it is worded."""

    model: AssetId
    standing: Standing
    owner: str
    tier: int
    incidents: tuple[Incident, ...]
    glance: Glance | None


def show_fleet(
    program: Program, readings: Readings, roster: Roster, wanted: Filter
) -> FleetPage:
    """
    Gather what the page of all models shows.

    Parameters
    ----------
    program : Program
        The parts.
    readings : Readings
        What the last look saw.
    roster : Roster
        Who answers.
    wanted : Filter
        What of it.

    Returns
    -------
    FleetPage
        Only the rows of one page are worded and drawn.
    """
    now, catalog = program.clock.now(), program.catalog
    everything = _everything(program, readings)
    found = sorted(
        (one for one in everything if _wanted(one, wanted)),
        key=lambda s: (s.standing.order, *_weight(s), s.tier, s.model),
    )
    pages = max(-(-len(found) // PAGE), 1)
    page = min(max(wanted.page, 1), pages)
    part = found[(page - 1) * PAGE : page * PAGE]
    return FleetPage(
        sentence=_sentence(everything, roster.unreachable(catalog, now)),
        tone=min((s.standing for s in everything), key=_order, default=WELL).tone,
        rows=tuple(_row(catalog, roster, one, now) for one in part),
        filter=dataclasses.replace(wanted, page=page),
        owners=tuple(_owners(everything)),
        states=tuple(_states(everything)),
        shown=len(found),
        total=len(everything),
        pages=pages,
        empty=_empty(everything),
    )


def _order(standing: Standing) -> int:
    return standing.order


def _everything(program: Program, readings: Readings) -> list[_Seen]:
    open_now: dict[AssetId, list[Incident]] = {}
    for incident in program.incidents.within(UNRESOLVED):
        open_now.setdefault(incident.model, []).append(incident)
    catalog, found = program.catalog, []
    for model in catalog.models():
        asset = catalog.asset(model)
        incidents = sorted(
            open_now.get(model, ()),
            key=lambda i: (of_model(i).order, i.severity, i.times.detected),
        )
        glance = readings.glances.get(model)
        found.append(
            _Seen(
                model=model,
                standing=_standing(
                    incidents, glance, observed=OBSERVED in asset.facets
                ),
                owner=asset.owner.name if asset.owner else "",
                tier=asset.tier,
                incidents=tuple(incidents),
                glance=glance,
            )
        )
    return found


def _standing(
    incidents: Sequence[Incident], glance: Glance | None, *, observed: bool
) -> Standing:
    if incidents:
        return of_model(incidents[0])
    if not observed:
        return UNOBSERVED
    if glance is None:
        return WAITING
    return BLIND if glance.error else WELL


def _weight(seen: _Seen) -> tuple[str, str]:
    first = seen.incidents[0] if seen.incidents else None
    return (first.severity.value, first.id) if first else ("", "")


def _wanted(seen: _Seen, wanted: Filter) -> bool:
    return (
        wanted.owner in {"", seen.owner}
        and wanted.tier in {"", str(seen.tier)}
        and wanted.state in {"", seen.standing.word}
        and wanted.q.lower() in seen.model.lower()
    )


def _sentence(everything: Sequence[_Seen], unreachable: frozenset[AssetId]) -> str:
    total = len(everything)
    if not total:
        return "No model is declared yet."
    hurt = sum(seen.standing is HURT for seen in everything)
    models = "1 model" if total == 1 else f"{total:,} models"
    said = f"{hurt:,} of {models} {_hurt(hurt)}" if hurt else f"None of {models} hurts"
    odd = sum(seen.standing is ODD for seen in everything)
    if odd:
        said += f"; {odd:,} {'is' if odd == 1 else 'are'} odd without shown harm"
    blind = sum(seen.standing is BLIND for seen in everything)
    if blind:
        said += f"; {blind:,} could not be looked at"
    alone = len(unreachable)
    if alone:
        has = "has" if alone == 1 else "have"
        said += f"; {alone:,} {has} no reachable owner next week"
    return f"{said}."


def _hurt(count: int) -> str:
    return "hurts" if count == 1 else "hurt"


def _row(catalog: Catalog, roster: Roster, seen: _Seen, now: datetime) -> Row:
    ownership = roster.of(catalog, seen.model, now)
    glance = seen.glance
    first = seen.incidents[0] if seen.incidents else None
    hurt = seen.standing in {HURT, ODD}
    return Row(
        standing=seen.standing,
        name=short(seen.model),
        path=clean(seen.model.partition(":")[2]),
        tier=str(seen.tier),
        owner=clean(seen.owner),
        oncall=clean(ownership.responder.person or ""),
        spark=_spark(glance, hurt=hurt),
        metric=_metric(glance),
        incident=first.id if first else "",
        headline=clean(first.headline) if first else "",
        more=max(len(seen.incidents) - 1, 0),
        unlabelled=_unlabelled(glance),
        seen=moment(glance.at, now) if glance else None,
        note=_note(glance),
    )


def _spark(glance: Glance | None, *, hurt: bool) -> str:
    if glance is None or not glance.values:
        return ""
    return draw_spark(
        glance.values, metric=glance.metric, before=glance.before, hurt=hurt
    )


def _metric(glance: Glance | None) -> str:
    if glance is None or not glance.values:
        return ""
    said = f"{say_metric(glance.metric)} {say_figure(glance.values[-1])}"
    if glance.before is not None:
        said += f", was {say_figure(glance.before)}"
    return said


def _unlabelled(glance: Glance | None) -> str:
    known = glance is not None and math.isfinite(glance.unlabelled)
    return say_share(glance.unlabelled) if glance and known else ""


def _note(glance: Glance | None) -> str:
    if glance is None:
        return ""
    if glance.error:
        return clean(glance.error)
    moved = glance.drifts
    return f"{moved} inputs moved without harm" if moved else ""


def _owners(everything: Sequence[_Seen]) -> Iterator[Option]:
    counts: dict[str, int] = {}
    for seen in everything:
        if seen.owner:
            counts[seen.owner] = counts.get(seen.owner, 0) + 1
    for owner in sorted(counts):
        yield Option(owner, clean(owner), str(counts[owner]))


def _states(everything: Sequence[_Seen]) -> Iterator[Option]:
    counts: Mapping[Standing, int] = {
        one: sum(seen.standing is one for seen in everything) for one in STANDINGS
    }
    for standing in STANDINGS:
        if counts[standing]:
            yield Option(standing.word, standing.word, str(counts[standing]))


def _empty(everything: Sequence[_Seen]) -> str:
    if not everything:
        return "modelowners init"
    return (
        ""
        if any(s.standing is not UNOBSERVED for s in everything)
        else "modelowners init"
    )
