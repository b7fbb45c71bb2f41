"""Acts: what a person may do to an incident, as forms with their fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelowners.app.phrases import clean, say_share
from modelowners.app.relations import causes_of
from modelowners.catalog.files import Catalog
from modelowners.diagnosis.causes import CauseKind
from modelowners.incidents.acts import Actor
from modelowners.incidents.incident import Act, CloseReason, DismissReason, Incident
from modelowners.incidents.policy import allowed, needed
from modelowners.incidents.severity import Severity
from modelowners.incidents.tenures import Reason

MAIN = (Act.ACK, Act.NOT_MINE, Act.CONFIRM_CAUSE)
"""What stands on the bar itself; the others are under *more*."""

LABELS = {
    Act.ACK: "Ack",
    Act.NOT_MINE: "Not mine",
    Act.CONFIRM_CAUSE: "Confirm cause",
    Act.ASSIGN: "Hand over",
    Act.MITIGATE: "Mitigated",
    Act.RESOLVE: "Resolve",
    Act.REOPEN: "Reopen",
    Act.MERGE: "Merge",
    Act.UNMERGE: "Unmerge",
    Act.DISMISS: "Dismiss",
    Act.SNOOZE: "Snooze",
    Act.SEVERITY: "Severity",
    Act.NOTE: "Note",
}

HINTS = {
    Act.ACK: "You take it on; nobody else is asked.",
    Act.NOT_MINE: "It goes on to the next candidate, with your reason.",
    Act.CONFIRM_CAUSE: "It settles what it was, and goes to that cause's owner.",
    Act.ASSIGN: "It goes to whom you name.",
    Act.MITIGATE: "The harm has stopped; the cause may still be there.",
    Act.RESOLVE: "The trouble is over.",
    Act.REOPEN: "The trouble is back.",
    Act.MERGE: "It is the same trouble as another incident.",
    Act.UNMERGE: "It is a trouble of its own after all.",
    Act.DISMISS: "It was no incident.",
    Act.SNOOZE: "Nobody is asked until then.",
    Act.SEVERITY: "It is worse, or less bad, than was judged.",
    Act.NOTE: "A remark for the log.",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One of several answers; `note` says more about it."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """
    Something an act asks for.

    Parameters
    ----------
    name : str
        As it is sent.
    label : str
        For a person.
    kind : str
        ``text``, ``select`` or ``radio``.
    options : tuple of Option
        Where one is chosen; the first is chosen until another is.
    required : bool
        Whether it may be left empty.
    """

    name: str
    label: str
    kind: str = "text"
    options: tuple[Option, ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """
    An act that the incident's state allows.

    Parameters
    ----------
    act : str
        As it is sent.
    label, hint : str
        For a person.
    fields : tuple of Field
        What it asks for.
    refused : str
        Why the person who looks may not; empty where they may.
    main : bool
        Whether it stands on the bar itself.
    """

    act: str
    label: str
    hint: str
    fields: tuple[Field, ...]
    refused: str
    main: bool


def offer(
    incident: Incident, actor: Actor | None, catalog: Catalog
) -> tuple[Form, ...]:
    """
    Give the acts that an incident allows now, as forms.

    Parameters
    ----------
    incident : Incident
        As it stands.
    actor : Actor or None
        Who looks; None where it is not known who that is.
    catalog : Catalog
        Whom it may be handed to.

    Returns
    -------
    tuple of Form
        What stands on the bar first; an act that this person may not do is
        there too, with the reason.
    """
    return tuple(_forms(incident, actor, catalog))


def _forms(incident: Incident, actor: Actor | None, catalog: Catalog) -> Iterator[Form]:
    confirmed = incident.confirmed is not None
    for act in sorted(incident.available, key=lambda a: (a not in MAIN, _place(a))):
        if act is Act.CONFIRM_CAUSE and confirmed:
            continue
        yield Form(
            act=act.value,
            label=LABELS[act],
            hint=HINTS[act],
            fields=tuple(_fields(act, incident, catalog)),
            refused=_refused(act, actor),
            main=act in MAIN,
        )


def _place(act: Act) -> int:
    return list(LABELS).index(act)


def _refused(act: Act, actor: Actor | None) -> str:
    if actor is None:
        return "Say who you are first, at the top of the page."
    if allowed(act, actor.relations):
        return ""
    return f"Not as {actor.person}: {needed(act)}."


def _fields(act: Act, incident: Incident, catalog: Catalog) -> Iterator[Field]:
    if act is Act.NOT_MINE:
        yield Field(name="text", label="Why not yours")
        yield _to(catalog, first=Option("", "the next candidate"))
    elif act is Act.CONFIRM_CAUSE:
        yield _causes(incident)
    elif act is Act.ASSIGN:
        yield _to(catalog)
        hand_offs = (Reason.NEEDS_HELP, Reason.SHIFT_CHANGE, Reason.LOAD)
        reasons = (*hand_offs, Reason.BAD_ROUTE, Reason.FOUND_CAUSE_ELSEWHERE)
        yield _choice("reason", "Why", [reason.value for reason in reasons])
    elif act is Act.RESOLVE:
        yield _choice("reason", "How it ended", [one.value for one in CloseReason])
        yield Field(name="text", label="Remark", required=False)
    elif act is Act.DISMISS:
        yield _choice("reason", "Why", [one.value for one in DismissReason])
        yield Field(name="text", label="Remark", required=False)
    elif act is Act.SNOOZE:
        yield _choice("for", "For", ["1h", "4h", "8h", "24h"])
    elif act is Act.SEVERITY:
        yield _choice("severity", "Severity", [one.value for one in Severity])
        yield Field(name="text", label="Why")
    elif act is Act.MERGE:
        yield Field(name="into", label="Into incident")
    elif act in {Act.MITIGATE, Act.REOPEN, Act.UNMERGE, Act.NOTE}:
        yield Field(name="text", label="Text" if act is Act.NOTE else "Why")


def _to(catalog: Catalog, first: Option | None = None) -> Field:
    options = [first] if first else []
    options += [Option(f"team:{name}", clean(name), "team") for name in catalog.teams]
    options += [
        Option(f"person:{name}", clean(name), "person") for name in catalog.people
    ]
    return Field(name="to", label="To", kind="select", options=tuple(options))


def _choice(name: str, label: str, values: Sequence[str]) -> Field:
    options = tuple(Option(value, value.replace("-", " ")) for value in values)
    return Field(name=name, label=label, kind="select", options=options)


def _causes(incident: Incident) -> Field:
    options = []
    for cause in causes_of(incident):
        if cause.get("kind") == CauseKind.UNKNOWN.value:
            continue
        kind = str(cause.get("kind")).replace("_", " ")
        probability = cause.get("probability")
        known = isinstance(probability, int | float)
        note = say_share(float(probability)) if known else ""  # type: ignore[arg-type]  # checked
        options.append(
            Option(
                f"rank:{cause.get('rank')}",
                f"{kind} in {clean(str(cause.get('asset')))}",
                note,
            )
        )
    return Field(name="cause", label="It was", kind="radio", options=tuple(options))
