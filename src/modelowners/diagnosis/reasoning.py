"""
Reasoning: from an inquiry to a ranked answer.

Symptom, probes, grouping by origin, harm, ledger, ranking, owner: the steps in
the order of the page a person reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from modelowners.core.evidence import Evidence
from modelowners.core.time import Onset, TimeWindow
from modelowners.detection.streams import Statistic
from modelowners.diagnosis.attribution import owner_of, place_of
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import (
    Against,
    Category,
    Cause,
    CauseKind,
    CauseOwner,
    Diagnosis,
    Notice,
    Reference,
    RepairPlan,
    Suspect,
    Symptom,
    category_of,
)
from modelowners.diagnosis.hypotheses import (
    Hypothesis,
    group,
    reachable,
    repair_sentence,
    weigh_harm,
)
from modelowners.diagnosis.inquiries import Inquiry
from modelowners.diagnosis.matching import match_change, undeclared
from modelowners.diagnosis.probes import PROBES
from modelowners.diagnosis.ranking import rank
from modelowners.diagnosis.rivals import what_is_not
from modelowners.diagnosis.strengths import rising
from modelowners.diagnosis.symptoms import (
    describe_symptom,
    find_harm,
    growth,
    labelled_masks,
    outcome_between,
)
from modelowners.diagnosis.weaknesses import standing_weaknesses
from modelowners.observations.logs import PRIMARY_LOSS
from modelowners.observations.profiles import LossSums

SHOWN = 5
BROKEN = 0.7
"""Strength from which an input counts as broken, harm or not."""
USED = 0.005
"""Influence below which the model does not use a column."""
BARELY = 0.001
"""The same where the column now holds values it never held."""
LEAST_STRENGTH = 0.05
LEAST_LOST = 0.05
"""Part of all rows that must be lost, or come twice, to be a symptom by itself."""
LEAST_GROWTH = 0.02
"""Part by which the loss must have grown with a release to be its symptom."""
REFUTED = 0.5
"""Counter-evidence from which a broken input is told by nobody."""
RELEASES = frozenset({CauseKind.BAD_RETRAIN, CauseKind.WRONG_VERSION_SERVED})
OWN_SIZE = frozenset(
    {
        CauseKind.RELATION_BROKEN,
        CauseKind.LABEL_FAULT,
        CauseKind.COVARIATE_SHIFT,
        CauseKind.CONCEPT_SHIFT,
    }
)
"""Kinds whose size is not that of a column's move."""
LEAST_AFFECTED = 0.02
"""Part of the rows that a broken input must touch to be told without harm."""
DELIVERY = frozenset({CauseKind.ROWS_LOST, CauseKind.DUPLICATED_ROWS})
LIKELY = 0.1
"""Probability from which a cause's share counts as explained."""
LEAST_PROBABILITY = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoned:
    """A diagnosis and what it was reached with, for those who draw it."""

    diagnosis: Diagnosis
    case: Case
    hypotheses: tuple[Hypothesis, ...]

    @property
    def interrupted(self) -> bool:
        """Whether somebody stopped it before every probe was asked."""
        return self.case.interrupted


def diagnose(inquiry: Inquiry) -> Reasoned:
    """
    Answer what broke, since when, by which change, whose it is and how sure.

    Parameters
    ----------
    inquiry : Inquiry
        Values and ports; nothing else is read.

    Returns
    -------
    Reasoned
        With a symptom of None where nothing is worse and no input is broken.
    """
    case = _open_case(inquiry)
    inquiry.progress("weighing suspects", 0.3)
    suspects = _probe(case, inquiry)
    stories = _weigh(case, inquiry, suspects)
    ranked = rank(_humbled(stories))
    symptom = _symptom(case, ranked)
    if symptom is None:
        return Reasoned(
            diagnosis=_answer(case, inquiry, None, []), case=case, hypotheses=()
        )
    return Reasoned(
        diagnosis=_answer(case, inquiry, symptom, ranked),
        case=case,
        hypotheses=tuple(ranked),
    )


def _open_case(inquiry: Inquiry) -> Case:
    frame, focus = inquiry.frame, inquiry.focus
    loss = focus.loss or PRIMARY_LOSS[inquiry.task]
    case = Case(
        log=inquiry.log,
        task=inquiry.task,
        loss=loss,
        frame=frame,
        shifts=inquiry.shifts,
        engine=inquiry.engine,
        harmed=find_harm(frame, inquiry.shifts, segment=focus.segment),
    )
    inquiry.progress("fitting a stand-in of the model", 0.1)
    if case.harmed is not None or case.sites():
        features = [c for c in case.features() if c in frame.columns()]
        # The altered rows too: how the model answers to them is what repair needs.
        seen = TimeWindow(frame.reference.start, frame.windows[-1].end)
        case.surrogate = inquiry.engine.surrogate(inquiry.log, seen, columns=features)
        case.shape = inquiry.engine.describe(inquiry.log)
    return case


def _probe(case: Case, inquiry: Inquiry) -> list[Suspect]:
    """Ask every probe; one that fails is named, and the others go on."""
    suspects: list[Suspect] = []
    for place, (kind, probe) in enumerate(PROBES.items()):
        inquiry.progress(f"probing {kind.value}", 0.3 + 0.5 * place / len(PROBES))
        try:
            suspects.extend(probe(case))
        except KeyboardInterrupt:
            # What is known by now is worth more than nothing; twice means stop.
            case.interrupted = True
            left = len(PROBES) - place
            case.notes.append(f"interrupted: {left} of {len(PROBES)} probes not asked")
            break
        except Exception as error:  # noqa: BLE001 - one probe's fault is not the answer's
            case.notes.append(f"{kind.value}: the probe failed ({error})")
    return [s for s in map(_cleared, suspects) if s.strength > LEAST_STRENGTH]


def _cleared(suspect: Suspect) -> Suspect:
    """
    Weaken what moved little: many columns in many rows always move somewhere.

    A move confined to a segment is one of many more that were looked at.
    """
    if suspect.kind in OWN_SIZE or not suspect.columns:
        return suspect
    low, high = (4.0, 14.0) if suspect.segment else (2.5, 8.0)
    clear = rising(suspect.size, low, high)
    return replace(suspect, strength=suspect.strength * clear)


def _weigh(
    case: Case, inquiry: Inquiry, suspects: Sequence[Suspect]
) -> list[Hypothesis]:
    log = inquiry.log
    needs = sorted(
        (steps, asset)
        for asset, steps in inquiry.upstream.get(log.asset, {}).items()
        if steps == 1
    )
    declared = [undeclared(s, inquiry.changes, log.asset) for s in suspects]
    placed = [(s, place_of(s, log, [asset for _, asset in needs])) for s in declared]
    stories = []
    for story in group(placed):
        weighed = story if case.interrupted else _weighed(case, story)
        match = match_change(
            story.lead,
            inquiry.changes,
            distance=reachable(story.place.asset, inquiry.upstream),
            grain=inquiry.frame.grain,
        )
        stories.append(replace(weighed, match=match))
    return stories


def _weighed(case: Case, story: Hypothesis) -> Hypothesis:
    """Put the harm on a story, or leave it as it is where somebody says stop."""
    try:
        return weigh_harm(case, story)
    except KeyboardInterrupt:
        case.interrupted = True
        case.notes.append("interrupted: not every repair was replayed")
        return story


def _humbled(stories: Sequence[Hypothesis]) -> list[Hypothesis]:
    """
    Let the world be suspected only as far as nothing is proven broken.

    A fault in an input harms through the scores like a harder world does; a
    proof of it, not refuted by repair, takes that explanation away.
    """
    proven = max(
        (
            h.lead.strength * (1 - h.counter) * min(2 * h.time, 1.0)
            for h in stories
            if category_of(h.lead.kind) is not Category.WORLD
        ),
        default=0.0,
    )
    return [
        replace(h, lead=replace(h.lead, strength=h.lead.strength * (1 - 0.9 * proven)))
        if category_of(h.lead.kind) is Category.WORLD
        else h
        for h in stories
    ]


def _symptom(case: Case, ranked: Sequence[Hypothesis]) -> Symptom | None:
    """Find what is worse: the loss, the delivery, or an input the model uses."""
    if case.harmed is not None:
        return describe_symptom(
            case.frame,
            case.loss,
            case.harmed.index,
            case.harmed.onset,
            case.harmed.partition,
        )
    for story in sorted(ranked, key=lambda h: -h.lead.strength):
        lead = story.lead
        if lead.strength < BROKEN or not _under_test(case, lead.onset):
            continue
        found = _symptom_of(case, story)
        if found is not None:
            return found
    return None


def _symptom_of(case: Case, story: Hypothesis) -> Symptom | None:
    """Tell what a proven story has made worse, if the loss alone does not show it."""
    lead = story.lead
    index = case.frame.index_of(lead.onset)
    if lead.kind in DELIVERY:
        return _delivery_symptom(case, lead) if lead.affected >= LEAST_LOST else None
    if lead.kind in RELEASES:
        if _grew_with(case, lead) or _worse_beside(lead):
            return describe_symptom(case.frame, case.loss, index, lead.onset)
        served = lead.kind is CauseKind.WRONG_VERSION_SERVED
        return _input_symptom(case, lead) if served else None
    if _repair_shows_harm(story):
        return describe_symptom(case.frame, case.loss, index, lead.onset)
    told = story.counter < REFUTED and lead.affected >= LEAST_AFFECTED
    return _input_symptom(case, lead) if told and _used(case, lead) else None


def _worse_beside(lead: Suspect) -> bool:
    """Tell whether a version lost clearly more than the one beside it."""
    return any(
        said.kind == "version"
        and said.question == "profile"
        and bool(said.before)
        and (said.value or 0.0) > (said.before or 0.0)
        for said in lead.evidence
    )


def _grew_with(case: Case, lead: Suspect) -> bool:
    """Tell whether the loss grew with a release, if not beyond its restlessness."""
    index = case.frame.index_of(lead.onset)
    grown = growth(case.frame, case.loss, index)
    before, _ = labelled_masks(case.frame, index)
    old = outcome_between(case.frame.of(), before).losses.get(case.loss, LossSums())
    return grown is not None and grown >= LEAST_GROWTH * abs(old.mean)


def _under_test(case: Case, onset: Onset) -> bool:
    return onset.high > case.frame.test.start


def _repair_shows_harm(story: Hypothesis) -> bool:
    """Tell whether undoing the fault makes the loss clearly better."""
    answer = story.repair
    if answer is None or answer.high >= 0:
        return False
    return answer.loss - answer.repaired >= 0.01 * abs(answer.loss)


def _unmeasurable(case: Case, lead: Suspect) -> bool:
    """Tell whether the rows since an onset are still without labels."""
    index = case.frame.index_of(lead.onset)
    later = case.frame.of()[index:]
    labelled = sum(p.outcome.labelled for p in later if p and p.outcome)
    rows = sum(p.rows.kept for p in later if p)
    return index >= case.frame.labelled or labelled < 0.05 * rows


def _used(case: Case, lead: Suspect) -> bool:
    """Tell whether the model uses a column, as far as its stand-in knows."""
    if not set(lead.columns) & set(case.features()):
        return False
    # Of a text with many values the stand-in knows only the commonest.
    if case.surrogate is None or any(case.text(c) for c in lead.columns):
        return True
    # Nor does it know what the model does with values it has never seen.
    needed = BARELY if lead.novel else USED
    return any(case.surrogate.influence.get(c, 0.0) >= needed for c in lead.columns)


def _delivery_symptom(case: Case, lead: Suspect) -> Symptom:
    evidence = lead.evidence[0]
    metric = (
        Statistic.DUPLICATE_SHARE
        if lead.kind is CauseKind.DUPLICATED_ROWS
        else Statistic.VOLUME
    )
    after = evidence.value if evidence.value is not None else float("nan")
    before = evidence.before if evidence.before is not None else float("nan")
    return Symptom(
        metric=metric.value,
        before=before,
        after=after,
        ci=(after, after),
        state="measured",
        onset=lead.onset,
        rows=_rows_since(case, lead.onset),
    )


def _input_symptom(case: Case, lead: Suspect) -> Symptom:
    """Describe a fault whose harm is not known, or not shown, yet."""
    unknown = case.log.labels is None or _unmeasurable(case, lead)
    index = case.frame.index_of(lead.onset)
    means = []
    for low, high in ((0, index), (index, case.frame.n_windows)):
        found = [
            p.columns["score"].mean
            for p in case.frame.of()[low:high]
            if p is not None
            and "score" in p.columns
            and hasattr(p.columns["score"], "mean")
        ]
        means.append(float(np.nanmean(found)) if found else float("nan"))
    return Symptom(
        metric="score",
        before=means[0],
        after=means[1],
        ci=(means[1], means[1]),
        state="not yet measurable" if unknown else "none shown",
        onset=lead.onset,
        rows=_rows_since(case, lead.onset),
    )


def _rows_since(case: Case, onset: Onset) -> int:
    index = case.frame.index_of(onset)
    return sum(p.rows.kept for p in case.frame.of()[index:] if p is not None)


def _answer(
    case: Case,
    inquiry: Inquiry,
    symptom: Symptom | None,
    ranked: Sequence[Hypothesis],
) -> Diagnosis:
    chosen = [h for h in ranked if h.probability >= LEAST_PROBABILITY][:SHOWN]
    against = what_is_not(case, ranked, chosen[:1])
    causes = tuple(
        _cause(inquiry, story, place + 1, against if place == 0 else ())
        for place, story in enumerate(chosen)
    )
    loss = case.loss if inquiry.log.labels is not None else None
    window = inquiry.frame.test
    return Diagnosis(
        model=inquiry.log.asset,
        window=window,
        reference=Reference(window=inquiry.frame.reference, why=inquiry.frame.why),
        symptom=symptom,
        causes=causes,
        unexplained=_unexplained(causes) if symptom is not None else None,
        weaknesses=standing_weaknesses(inquiry.frame, loss),
        not_looked_at=tuple(_not_looked_at(case, inquiry)),
        notified_would_be=_notices(inquiry, symptom, causes),
    )


def _cause(
    inquiry: Inquiry, story: Hypothesis, place: int, against: tuple[Against, ...]
) -> Cause:
    lead = story.lead
    evidence = list(story.evidence)
    repaired = repair_sentence(story)
    if repaired is not None:
        evidence.insert(1, repaired)
    if story.match is not None:
        evidence.append(_ledger_sentence(story))
    own = tuple(Against(text=e.text) for e in story.said_against)
    columns = story.columns
    return Cause(
        rank=place,
        kind=lead.kind,
        asset=story.place.asset,
        level=story.place.level,
        column=columns[0] if columns else None,
        columns=columns,
        segment=dict(lead.segment),
        change_id=story.match.change.id if story.match is not None else None,
        onset=lead.onset,
        probability=story.probability,
        share=story.share,
        owner=_owner(inquiry, story),
        evidence=tuple(evidence),
        against=(*against, *own),
        repair=RepairPlan(
            action=lead.repair,
            harm_after=story.repair.repaired if story.repair is not None else None,
        )
        if lead.repair
        else None,
    )


def _owner(inquiry: Inquiry, story: Hypothesis) -> CauseOwner:
    place = story.place
    if category_of(story.lead.kind) is Category.WORLD:
        place = replace(place, asset=inquiry.log.asset)
    return owner_of(place, inquiry.resolver, story.lead.onset.at)


def _ledger_sentence(story: Hypothesis) -> Evidence:
    match = story.match
    if match is None:  # pragma: no cover - callers ask only where there is one
        return Evidence("ledger", "no change")
    names = " and names the column" if match.names_column else ""
    when = match.change.occurred_at or match.change.window.end
    return Evidence(
        "ledger",
        f'"{match.change.what}" on {match.change.asset} at '
        f"{when:%Y-%m-%d %H:%M} UTC fits the onset{names}",
        match.fit,
        None,
        "ledger",
    )


def _unexplained(causes: Sequence[Cause]) -> float | None:
    known = [c.share for c in causes if c.share is not None and c.probability > LIKELY]
    return float(np.clip(1 - sum(known), 0.0, 1.0)) if known else None


def _not_looked_at(case: Case, inquiry: Inquiry) -> list[str]:
    notes = list(case.notes)
    seen = set(inquiry.frame.columns())
    absent = [c for c in inquiry.log.features if c not in seen]
    if absent:
        more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
        named = ", ".join(absent[:SHOWN]) + more
        notes.append(f"declared features that the log does not hold: {named}")
    if inquiry.log.labels is None:
        notes.append("no labels are declared: harm is not measured")
    elif not any(p.outcome and p.outcome.labelled for p in inquiry.frame.of() if p):
        notes.append("labels are declared but none has arrived: harm is not measured")
    if case.surrogate is None and case.harmed is not None:
        notes.append("no stand-in of the model could be fitted: repair not estimated")
    elif case.surrogate is not None:
        notes.append(
            "no scorer: repairs are estimated on a stand-in that explains "
            f"{100 * max(case.surrogate.explained, 0):.0f} % of the outputs"
        )
    if not inquiry.log.upstream:
        notes.append(
            "no upstream claims are declared: causes in the data stay with the model"
        )
    if not inquiry.looked_at_ledger:
        notes.append("no changes are in the ledger: type `modelowners sync`")
    notes.append("no lineage tables: the level where values first differ is not proven")
    return notes


def _notices(
    inquiry: Inquiry, symptom: Symptom | None, causes: Sequence[Cause]
) -> tuple[Notice, ...]:
    """Say who would be told: the owner of the cause, and the symptom's as a note."""
    if symptom is None:
        return ()
    own = inquiry.resolver(inquiry.log.asset, symptom.onset.at)
    mine = own.accountable.person or own.team
    by_owner: dict[str, float] = {}
    for cause in causes:
        name = cause.owner.person or cause.owner.team
        if name is not None and cause.category is not Category.WORLD:
            by_owner[name] = by_owner.get(name, 0.0) + cause.probability
    ordered = sorted(by_owner.items(), key=lambda pair: (-pair[1], pair[0]))
    ahead = (
        ordered[0][1] - (ordered[1][1] if len(ordered) > 1 else 0.0) if ordered else 0
    )
    if ordered and ordered[0][1] >= 0.6 and ahead >= 0.2:  # noqa: PLR2004 - incidents route alike
        notices = [Notice(person=ordered[0][0], role="owner of the cause")]
        if mine is not None and mine != ordered[0][0]:
            notices.append(Notice(person=mine, role="symptom, note"))
        return tuple(notices)
    return (Notice(person=mine, role="owner of the symptom"),) if mine else ()
