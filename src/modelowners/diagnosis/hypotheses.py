"""Hypotheses: suspects of one origin as one story, with its harm and its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId
from modelowners.detection.frames import Bools
from modelowners.diagnosis.attribution import Place
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.matching import Match
from modelowners.diagnosis.strengths import figure, percent, rising
from modelowners.diagnosis.symptoms import (
    growth,
    labelled_masks,
    outcome_between,
    split_growth,
)
from modelowners.observations.profiles import (
    EVERYTHING,
    LossSums,
    OutcomeProfile,
    Partition,
)
from modelowners.observations.questions import Repair, Replacement

JOINED = 0.4
"""Suspects below this strength do not shape another's story."""
JOINED_AT_ONCE = 0.15
"""The same for a column of the same asset that moved at the same moment."""
NOTHING = 0.05
"""Part of the harm below which a repair mends nothing."""
DOUBT = 0.4
"""Most that a repair without an exact inverse can speak against a story."""
TRUSTED = 0.25
"""A stand-in that explains less of the outputs than this speaks for no repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """
    One story: what broke, where, and what speaks for and against it.

    Parameters
    ----------
    lead : Suspect
        The strongest suspect.
    members : tuple of Suspect
        All suspects of this origin, the lead first; one per column.
    place : Place
        The asset.
    match : Match or None
        The fitting ledger entry.
    share : float or None
        Part of the harm it explains, 0 to 1; None where not knowable.
    repair : Repair or None
        Loss as logged and as repaired.
    counter : float
        Counter-evidence, 0 to 1.
    time : float
        Agreement of its onset with the symptom's, 0 to 1.
    score : float
        The ranking's sum.
    probability : float
        0 to 1.
    """

    lead: Suspect
    members: tuple[Suspect, ...]
    place: Place
    match: Match | None = None
    share: float | None = None
    repair: Repair | None = None
    counter: float = 0.0
    time: float = 1.0
    score: float = 0.0
    probability: float = 0.0
    said_against: tuple[Evidence, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, the lead's first."""
        relation = CauseKind.RELATION_BROKEN
        names = [
            c
            for place, member in enumerate(self.members)
            if place == 0 or member.kind is not relation
            for c in member.columns
        ]
        return tuple(dict.fromkeys(names))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All statements, the lead's first."""
        return tuple(e for member in self.members for e in member.evidence)


def group(suspects: Sequence[tuple[Suspect, Place]]) -> list[Hypothesis]:
    """
    Join suspects of one origin.

    Rival stories about one column leave the strongest; columns of one asset
    that broke together are one story.

    Parameters
    ----------
    suspects : sequence of (Suspect, Place)
        As the probes gave them.

    Returns
    -------
    list of Hypothesis
        Strongest first.
    """
    yielding = [(_yielding(s, suspects), place) for s, place in suspects]
    ranked = sorted(
        yielding,
        key=lambda pair: (
            -pair[0].strength,
            -pair[0].size,
            pair[0].kind,
            pair[0].columns,
        ),
    )
    groups: list[tuple[Place, list[Suspect]]] = []
    for suspect, place in ranked:
        home = next((g for g in groups if _joins(suspect, place, g)), None)
        if home is None:
            groups.append((place, [suspect]))
        elif suspect.kind is CauseKind.RELATION_BROKEN or not _rival(suspect, home[1]):
            home[1].append(suspect)
    return [
        Hypothesis(lead=lead, members=(lead, *members[1:]), place=place)
        for place, members in groups
        for lead in [_confirmed(members, suspects)]
    ]


def _confirmed(
    members: Sequence[Suspect], suspects: Sequence[tuple[Suspect, Place]]
) -> Suspect:
    """Strengthen a lead whose column stands in a relation that broke with it."""
    lead = members[0]
    broken = [
        s.strength
        for s, _ in suspects
        if s.kind is CauseKind.RELATION_BROKEN
        and set(lead.columns) <= set(s.columns)
        and _overlap(s, lead)
    ]
    if lead.kind is CauseKind.RELATION_BROKEN or not lead.columns or not broken:
        return lead
    return replace(lead, strength=max(lead.strength, 0.95 * max(broken)))


def _yielding(suspect: Suspect, suspects: Sequence[tuple[Suspect, Place]]) -> Suspect:
    """
    Let a broken relation yield to what broke one of its columns.

    A relation breaks whenever a column in it is altered; where that column's
    own signature is found, the relation only confirms it.
    """
    if suspect.kind is not CauseKind.RELATION_BROKEN:
        return suspect
    deeper = [
        s.strength
        for s, _ in suspects
        if s.kind is not CauseKind.RELATION_BROKEN
        and s.strength >= JOINED
        and set(s.columns) & set(suspect.columns)
        and set(s.columns) <= set(suspect.columns)
        and _overlap(s, suspect)
        and _within(suspect.segment, s.segment)
    ]
    if not deeper:
        return suspect
    return replace(suspect, strength=min(0.9 * max(deeper), suspect.strength))


def _within(inner: Mapping[str, str], outer: Mapping[str, str]) -> bool:
    """Tell whether rows of one condition all meet another."""
    return all(inner.get(column) == value for column, value in outer.items())


def _joins(suspect: Suspect, place: Place, home: tuple[Place, list[Suspect]]) -> bool:
    lead = home[1][0]
    if not _overlap(suspect, lead) or "model" in {place.level, home[0].level}:
        return False
    same_rows = (
        not suspect.segment or not lead.segment or suspect.segment == lead.segment
    )
    if same_rows and set(suspect.columns) & {c for m in home[1] for c in m.columns}:
        return True
    return (
        home[0].asset == place.asset
        and bool(suspect.columns)
        and bool(lead.columns)
        and suspect.strength >= JOINED_AT_ONCE
        and suspect.segment == lead.segment
    )


def _overlap(a: Suspect, b: Suspect) -> bool:
    return a.onset.low <= b.onset.high and b.onset.low <= a.onset.high


def _rival(suspect: Suspect, members: Sequence[Suspect]) -> bool:
    known = {c for m in members for c in m.columns}
    return not suspect.columns or set(suspect.columns) <= known


def weigh_harm(case: Case, hypothesis: Hypothesis) -> Hypothesis:
    """
    Put the harm on a hypothesis: share, repair, counter-evidence, time fit.

    Parameters
    ----------
    case : Case
        With its symptom, if there is one.
    hypothesis : Hypothesis
        As grouped.

    Returns
    -------
    Hypothesis
        With what the outcome says for or against it.
    """
    told = _by_repair(case, hypothesis)
    if case.harmed is None:
        return told
    if told.share is None:
        told = replace(told, share=_share_of_kind(case, told))
    told = _against_elsewhere(case, told)
    return replace(told, time=_time_fit(case, told))


def _against_elsewhere(case: Case, told: Hypothesis) -> Hypothesis:
    """Hold harm outside a story's rows against it: it cannot have done that."""
    harmed, segment = case.harmed, told.lead.segment
    if harmed is None or not segment or told.counter:
        return told
    sides = [
        [outcome_between(case.frame.of(p), m) for m in _masks(case)]
        for p in (_known(case, _partition(segment)), EVERYTHING)
    ]
    inside, outside = (
        _mean_growth(case.loss, sides[0]),
        _mean_growth(case.loss, sides[1], less=sides[0]),
    )
    if inside is None or outside is None:
        return told
    rows = " and ".join(f"{c}={v}" for c, v in segment.items())
    if inside <= 0.1 * max(outside, 0.0):
        counter, text = 1.0, f"the loss of the rows with {rows} did not grow"
    else:
        counter = rising(outside / max(inside, 1e-12), 0.2, 0.7)
        text = f"the loss grew outside {rows} too"
    if counter <= 0 or (inside <= 0 and outside <= 0):
        return told
    note = Evidence("segment", text, outside, inside, "profile")
    share = None if told.share is None else told.share * (1 - counter)
    return replace(told, counter=counter, share=share, said_against=(note,))


def _masks(case: Case) -> tuple[Bools, Bools]:
    index = case.harmed.index if case.harmed is not None else 0
    return labelled_masks(case.frame, index)


def _mean_growth(
    loss: str, sides: Sequence[OutcomeProfile], less: Sequence[OutcomeProfile] = ()
) -> float | None:
    """Give the growth of the mean loss between two sides, some rows taken out."""
    means = []
    for place, side in enumerate(sides):
        sums = side.losses.get(loss, LossSums())
        taken = less[place].losses.get(loss, LossSums()) if less else LossSums()
        n = sums.n - taken.n
        if n <= 0:
            return None
        means.append((sums.total - taken.total) / n)
    return means[1] - means[0]


def _by_repair(case: Case, hypothesis: Hypothesis) -> Hypothesis:
    """Replay the repair on the stand-in: how much of the harm would go."""
    surrogate = case.surrogate
    replacements = [r for member in hypothesis.members for r in _undoing(member)]
    if surrogate is None or not replacements or surrogate.explained < TRUSTED:
        return hypothesis
    lead = hypothesis.lead
    index = case.frame.index_of(lead.onset)
    last = max(min(case.frame.labelled, case.frame.n_windows) - 1, 0)
    if index > last:
        return hypothesis
    answer = case.engine.repair(
        case.log,
        replacements,
        surrogate=surrogate,
        window=case.frame.span(index, last),
        partition=_partition(lead.segment),
    )
    if answer is None:
        return hypothesis
    return _judge_repair(case, hypothesis, answer)


def _undoing(suspect: Suspect) -> tuple[Replacement, ...]:
    """Give what puts a suspect's columns back; half an exchange is no repair."""
    back = suspect.replacement
    if back is None:
        return ()
    if suspect.kind is CauseKind.COLUMN_SWAP and back.other is not None:
        return back, replace(back, column=back.other, other=back.column)
    return (back,)


def _judge_repair(case: Case, hypothesis: Hypothesis, answer: Repair) -> Hypothesis:
    gained = answer.loss - answer.repaired
    index = case.frame.index_of(hypothesis.lead.onset)
    partition = _partition(hypothesis.lead.segment)
    grown = _growth(case, partition, index)
    name = hypothesis.lead.columns[0]
    # An exact inverse refutes; a draw from the reference only doubts.
    exact = all(
        m.replacement.form != "draw"
        for m in hypothesis.members
        if m.replacement is not None
    )
    most = 1.0 if exact else DOUBT
    if answer.low > 0:
        text = f"putting {name} back as it was would make the loss worse"
        note = Evidence("repair", text, answer.repaired, answer.loss, "repair")
        return replace(
            hypothesis, repair=answer, share=0.0, counter=most, said_against=(note,)
        )
    share = min(max(gained / grown, 0.0), 1.0) if grown and grown > 0 else None
    counter = 0.0
    against: tuple[Evidence, ...] = ()
    if share is not None and share < NOTHING and case.surrogate is not None:
        trust = min(case.surrogate.explained / 0.6, 1.0)
        counter = min(0.7, most) * trust
        text = f"putting {name} back as it was would change the loss by nearly nothing"
        against = (Evidence("repair", text, answer.repaired, answer.loss, "repair"),)
    inside = _inside(case, partition, index)
    if share is not None and inside is not None:
        share *= inside
    return replace(
        hypothesis, repair=answer, share=share, counter=counter, said_against=against
    )


def _inside(case: Case, partition: Partition, index: int) -> float | None:
    """Give the part of all rows' growth that lies in a partition, 0 to 1."""
    if partition == EVERYTHING:
        return 1.0
    whole = _growth(case, EVERYTHING, index)
    part = _growth(case, partition, index)
    if not whole or part is None or whole <= 0:
        return None
    _, after = labelled_masks(case.frame, index)
    rows = outcome_between(case.frame.of(_known(case, partition)), after).labelled
    total = outcome_between(case.frame.of(), after).labelled
    return min(max(part * rows / (whole * max(total, 1)), 0.0), 1.0)


def _growth(case: Case, partition: Partition, index: int) -> float | None:
    return growth(case.frame, case.loss, index, _known(case, partition))


def _partition(segment: Mapping[str, str]) -> Partition:
    if not segment:
        return EVERYTHING
    return Partition("segment", tuple(sorted(segment.items())))


def _known(case: Case, partition: Partition) -> Partition:
    """Give the frame's own partition of the same rows, whatever its kind."""
    for known in case.frame.profiles:
        if dict(known.where) == dict(partition.where):
            return known
    return partition


def _share_of_kind(case: Case, hypothesis: Hypothesis) -> float | None:
    """Give the share where the outcome alone tells it."""
    harmed, lead = case.harmed, hypothesis.lead
    if harmed is None or lead.kind in {CauseKind.ROWS_LOST, CauseKind.DUPLICATED_ROWS}:
        return None
    if lead.segment:
        inside = _inside(case, _partition(lead.segment), harmed.index)
        if inside is not None:
            return inside
    split = split_growth(case.frame, harmed.index, harmed.partition)
    if split is None:
        return None
    if lead.kind is CauseKind.COVARIATE_SHIFT:
        return split.explained
    if lead.kind in {CauseKind.CONCEPT_SHIFT, CauseKind.LABEL_FAULT}:
        return 1 - split.explained
    return None


def _time_fit(case: Case, hypothesis: Hypothesis) -> float:
    """Agreement of a story's onset with the symptom's: 1 where the intervals meet."""
    harmed = case.harmed
    if harmed is None:
        return 1.0
    a, b = hypothesis.lead.onset, harmed.onset
    gap = max((a.low - b.high), (b.low - a.high))
    windows = gap / case.frame.grain
    # A weak symptom's own onset is uncertain by days.
    room = 1.5 + 6.0 / max(harmed.shift.size / 4, 1.0)
    return 1.0 if windows <= 0 else float(0.5 ** (windows / room))


def repair_sentence(hypothesis: Hypothesis) -> Evidence | None:
    """
    Say what a repair would do to the loss, as evidence.

    Returns
    -------
    Evidence or None
        None where no repair was replayed or nothing would go.
    """
    answer, share = hypothesis.repair, hypothesis.share
    if answer is None or not share or share < NOTHING:
        return None
    return Evidence(
        "repair",
        f"undoing it takes the loss from {figure(answer.loss)} to "
        f"{figure(answer.repaired)}: {percent(share)} of the harm",
        answer.repaired,
        answer.loss,
        "repair",
    )


def reachable(
    asset: AssetId, upstream: Mapping[AssetId, Mapping[AssetId, int]]
) -> Mapping[AssetId, int]:
    """Give what lies upstream of an asset and how many steps; itself at 0."""
    return upstream.get(asset, {asset: 0})
