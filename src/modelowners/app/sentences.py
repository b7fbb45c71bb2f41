"""
Sentences: a diagnosis in plain words, without statistics.

The table `WORDS` holds what each kind of cause is called when a tired person
reads it; terminal, packet, mail and page take their sentences from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modelowners.app.investigation import named_cause
from modelowners.app.phrases import (
    clean,
    say_between,
    say_instant,
    say_segment,
    say_share,
    say_window,
    short,
)
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, Onset
from modelowners.diagnosis.causes import Cause, CauseKind, Diagnosis, Symptom
from modelowners.diagnosis.signatures import KNOWN_PAIRS


@dataclass(frozen=True, slots=True)
class Words:
    """
    What a kind of cause is in words.

    Parameters
    ----------
    happened : str
        A clause; ``{who}``, ``{column}``, ``{where}``, ``{old}``, ``{new}`` vary.
    question : str
        The question whose answer would decide; ``{since}`` varies too.
    """

    happened: str
    question: str


WORDS: Mapping[CauseKind, Words] = {
    CauseKind.MISSING_VALUES: Words(
        "{who} delivers {column} empty{where}",
        "Did {who} stop filling {column}{where} around {since}?",
    ),
    CauseKind.DEFAULT_FILL: Words(
        "{who} fills {column} with a stand-in value{where}",
        "Did {who} begin to fill gaps in {column}{where} around {since}?",
    ),
    CauseKind.UNIT_OR_SCALE_CHANGE: Words(
        "{who} sends {column} {scale}{where}",
        "Did {who} change the unit or scale of {column}{where} around {since}?",
    ),
    CauseKind.OFFSET: Words(
        "{who} sends {column} shifted by a fixed amount{where}",
        "Did {who} move the zero of {column}{where} around {since}?",
    ),
    CauseKind.CLOCK_SHIFT: Words(
        "{who} sends {column} on a shifted clock{where}",
        "Did {who} change the time zone of {column}{where} around {since}?",
    ),
    CauseKind.CATEGORY_RENAMED: Words(
        "{who} renamed values of {column}{where}",
        "Did {who} rename values of {column}{where} around {since}?",
    ),
    CauseKind.NEW_CATEGORY: Words(
        "{who} sends values of {column} never seen before{where}",
        "Does {who} deliver a new kind of {column}{where} since {since}?",
    ),
    CauseKind.STALE_OR_FROZEN: Words(
        "{who} repeats old values of {column}{where}",
        "Did the refresh of {column} at {who} stop{where} around {since}?",
    ),
    CauseKind.ROWS_LOST: Words(
        "{who} no longer delivers some rows{where}",
        "Did {who} stop sending some rows{where} around {since}?",
    ),
    CauseKind.DUPLICATED_ROWS: Words(
        "{who} delivers rows more than once{where}",
        "Did {who} load the same rows again{where} around {since}?",
    ),
    CauseKind.COLUMN_SWAP: Words(
        "{who} has exchanged columns: {column}{where}",
        "Did {who} change the order or names of {column}{where} around {since}?",
    ),
    CauseKind.CORRUPTED_VALUES: Words(
        "{who} sends garbled values of {column}{where}",
        "Did {who} change how {column} is measured or encoded{where} around {since}?",
    ),
    CauseKind.TYPE_CHANGE: Words(
        "{who} sends {column} in another type{where}",
        "Did {who} change the type or rounding of {column}{where} around {since}?",
    ),
    CauseKind.LABEL_FAULT: Words(
        "the recorded outcomes are not what they were{where}: {who} fills them "
        "differently",
        "Did the way outcomes are recorded{where} change around {since}?",
    ),
    CauseKind.RELATION_BROKEN: Words(
        "{who} sends {column} that no longer agrees with the other columns{where}",
        "Did {who} add, drop or redefine a part of {column}{where} around {since}?",
    ),
    CauseKind.SCHEMA_CHANGE: Words(
        "{who} changed its columns: {column}{where}",
        "Did {who} add, drop or retype columns{where} around {since}?",
    ),
    CauseKind.WEAK_SEGMENT: Words(
        "more rows now come from a group {who} was always weak on{where}",
        "Is the share of that group{where} meant to stay this high?",
    ),
    CauseKind.BAD_RETRAIN: Words(
        "the newer version of {who} is worse than the one before{where}",
        "What changed in the training of {who} before {since}?",
    ),
    CauseKind.WRONG_VERSION_SERVED: Words(
        "{who} is not serving the version it should{where}",
        "Which version of {who} was meant to serve since {since}?",
    ),
    CauseKind.COVARIATE_SHIFT: Words(
        "the world moved: {who} now sees cases it knows less well{where}",
        "Is {who} used for other cases{where} since {since}: season, product, region?",
    ),
    CauseKind.CONCEPT_SHIFT: Words(
        "the world moved: the same inputs now lead to other outcomes{where}",
        "Did a rule or behaviour behind the outcome{where} change around {since}?",
    ),
    CauseKind.UNKNOWN: Words(
        "the cause is not known",
        "Did anything that {who} depends on change around {since}?",
    ),
}
"""A sentence for every kind of cause."""

LABELS_QUESTION = "Are the outcomes after {since} complete, and recorded as before?"

_WORSE = {
    "log_loss": "wrong more often",
    "brier": "wrong more often",
    "error": "wrong more often",
    "accuracy": "wrong more often",
    "auc": "wrong more often",
    "absolute_error": "further off",
    "mae": "further off",
    "rmse": "further off",
    "squared_error": "further off",
    "cost": "more costly",
}

_UNITS = "|".join(
    sorted(
        {re.escape(unit) for pair in KNOWN_PAIRS for unit in pair.split(" to ")},
        key=lambda unit: (-len(unit), unit),
    )
)
_PAIR = re.compile(
    rf"(?<![\w°/])({_UNITS})\s*(→|->|to|instead of)\s*({_UNITS})(?![\w°/])"
)


def happened(cause: Cause, *, with_segment: bool = True) -> str:
    """
    Say in one clause what a cause did.

    Parameters
    ----------
    cause : Cause
        A ranked cause.
    with_segment : bool
        Name the rows concerned.

    Returns
    -------
    str
        Without a full stop; printable, on one line.
    """
    scale = "on another scale"
    if pair := unit_pair(evidence.text for evidence in cause.evidence):
        scale = f"in {pair[1]} instead of {pair[0]}"
    return WORDS[cause.kind].happened.format(
        who=short(cause.asset),
        column=say_columns(cause),
        where=say_segment(cause.segment) if with_segment else "",
        scale=scale,
    )


def question(cause: Cause) -> str:
    """Give the question whose answer would tell whether a cause is the one."""
    return WORDS[cause.kind].question.format(
        who=short(cause.asset),
        column=say_columns(cause),
        where=say_segment(cause.segment),
        since=say_instant(cause.onset.at),
    )


def ask(cause: Cause) -> str:
    """Say whom to ask about a cause, as a sentence."""
    return ask_owner(cause.owner.person, cause.owner.team, asset=cause.asset)


def ask_owner(person: str | None, team: str | None, *, asset: AssetId) -> str:
    """
    Say whom to ask about an asset, as a sentence; without an owner, say that.

    Examples
    --------
    >>> ask_owner("wes", "weather-feed", asset=AssetId("dataset:weather"))
    'Ask wes of weather-feed.'
    """
    if person and team:
        return f"Ask {clean(person)} of {clean(team)}."
    if person or team:
        return f"Ask {clean(person or team or '')}."
    return f"Nobody is declared to own {clean(asset)}."


def headline(diagnosis: Diagnosis) -> str:
    """
    Say what broke, since when, by whose doing, and whom to ask.

    Parameters
    ----------
    diagnosis : Diagnosis
        The answer of `debug`.

    Returns
    -------
    str
        One or two sentences without a word of statistics.
    """
    cause, symptom = named_cause(diagnosis), diagnosis.symptom
    name = short(diagnosis.model)
    if cause is None and symptom is None and diagnosis.causes:
        return f"{name}: an input may be broken, and the cause is not known."
    if cause is None and symptom is None:
        return (
            f"{name}: nothing is worse in {say_window(diagnosis.window)} than in "
            f"{say_window(diagnosis.reference.window)}."
        )
    if cause is None:
        return f"{say_symptom(diagnosis)}, and the cause is not known."
    if symptom is None:
        return f"{name}: {happened(cause)} since {_since(cause.onset)}. {ask(cause)}"
    what = happened(cause, with_segment=False)
    return f"{say_symptom(diagnosis, cause.segment)}: {what}. {ask(cause)}"


def title(diagnosis: Diagnosis) -> str:
    """
    Say what is worse and where, for the top of a page; without a full stop.

    Parameters
    ----------
    diagnosis : Diagnosis
        The answer of `debug`.
    """
    name, symptom = short(diagnosis.model), diagnosis.symptom
    cause = named_cause(diagnosis)
    where = say_segment(cause.segment) if cause else ""
    if symptom is None:
        return f"{name} is fed broken input{where}" if cause else f"{name} is well"
    return f"{name} {_worse(symptom)}{where}".rstrip(",")


def say_symptom(diagnosis: Diagnosis, segment: Mapping[str, str] | None = None) -> str:
    """Say what is worse, for which rows and since when; without a full stop."""
    name, symptom = short(diagnosis.model), diagnosis.symptom
    if symptom is None:
        return f"{name} is as good as it was"
    where = say_segment(segment or {})
    return f"{name} {_worse(symptom)}{where} since {_since(symptom.onset)}"


def _worse(symptom: Symptom) -> str:
    worse = _WORSE.get(symptom.metric, "worse")
    if symptom.metric == "bias":
        worse = "too high" if symptom.after > symptom.before else "too low"
    if symptom.state == "measured":
        return f"has been {worse}"
    if symptom.state == "estimated":
        return f"has probably been {worse}"
    if symptom.state == "none shown":
        return "has a fault that shows no harm so far,"
    return "has a fault whose harm is not yet measurable,"


def _since(onset: Onset) -> str:
    if onset.high - onset.low <= DAY:
        return say_instant(onset.at)
    return f"some time {say_between(onset.low, onset.high)}"


def surety(probability: float) -> str:
    """
    Say how sure, in words and per cent.

    Examples
    --------
    >>> surety(0.93)
    'almost certain, 93 %'
    """
    for least, words in ((0.9, "almost certain"), (0.7, "likely"), (0.5, "probable")):
        if probability >= least:
            return f"{words}, {say_share(probability)}"
    return f"a suspicion, {say_share(probability)}"


def unit_pair(texts: Iterable[str]) -> tuple[str, str] | None:
    """
    Find the first pair of known units that a statement names, old and new.

    Examples
    --------
    >>> unit_pair(["values fit (x - 32) / 1.8, the pair °F -> °C"])
    ('°F', '°C')
    >>> unit_pair(["in m/s instead of mph"])
    ('mph', 'm/s')
    """
    for text in texts:
        if found := _PAIR.search(text):
            first, word, second = found.groups()
            return (second, first) if word == "instead of" else (first, second)
    return None


def say_columns(cause: Cause) -> str:
    """Name a cause's columns: up to two, then how many more."""
    columns = dict.fromkeys((cause.column, *cause.columns))
    names = [clean(column) for column in columns if column]
    if not names:
        return "its rows"
    if len(names) <= 2:  # noqa: PLR2004 - two names still read well
        return " and ".join(names)
    return f"{names[0]} and {len(names) - 1} more columns"
