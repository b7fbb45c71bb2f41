"""Plans and fixes as text for a person, each ending with what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from modelowners.app.lines import Line, Tone
from modelowners.app.phrases import clean, say_instant
from modelowners.remediation.actions import Action, AliasMove
from modelowners.remediation.fixes import State, StepKind
from modelowners.remediation.gates import Answer
from modelowners.remediation.plans import check_command

if TYPE_CHECKING:
    from modelowners.app.fixing import Proposal
    from modelowners.app.following import Standing
    from modelowners.incidents.incident import Incident
    from modelowners.remediation.fixes import Step

TONES = {Answer.OPEN: Tone.GOOD, Answer.CLOSED: Tone.BAD}

STATE_TONES = {
    State.FAILED: Tone.BAD,
    State.RECOVERED: Tone.GOOD,
    State.SERVING_CONFIRMED: Tone.GOOD,
    State.RAN: Tone.GOOD,
}


def describe_plan(proposal: Proposal) -> Iterator[Line]:
    """
    Say what would be done, what stands in the way, and who may do it.

    Parameters
    ----------
    proposal : Proposal
        Nothing of it has been done.
    """
    made, incident = proposal.plan, proposal.incident
    yield Line(f"{incident.id}: {clean(str(made.action))}", Tone.TITLE, hang=2)
    yield Line(f"because {clean(made.why)}", indent=2, hang=2)
    yield from _detail(made.action)
    for gate in proposal.gates:
        mark = "closed" if gate.closes else gate.answer.value
        tone = Tone.BAD if gate.closes else TONES.get(gate.answer, Tone.QUIET)
        said = f": {clean(gate.said)}" if gate.said else ""
        yield Line(f"gate {clean(gate.name)}: {mark}{said}", tone, indent=2, hang=2)
    may = ", ".join(map(clean, proposal.may)) or "nobody at present"
    yield Line(f"may apply it: {may}", indent=2, hang=2)
    if made.others:
        others = ", ".join(made.others)
        yield Line(f"also declared: {others} (--action NAME)", Tone.QUIET, indent=2)
    yield Line()
    if proposal.open:
        yield Line(_apply_command(proposal), Tone.COMMAND, indent=2)
    else:
        command = check_command(made)
        yield Line("A closed gate refuses it, whoever asks. Look at it with", indent=2)
        yield Line(command, Tone.COMMAND, indent=2)


def describe_standing(
    incident: Incident, standing: Sequence[Standing]
) -> Iterator[Line]:
    """
    Say how far the fixes of an incident have come, and what is next.

    Parameters
    ----------
    incident : Incident
        As it stands.
    standing : sequence of Standing
        Oldest first.
    """
    if not standing:
        yield Line(f"{incident.id}: no fix was applied.")
        command = f"modelowners fix plan {incident.id}"
        yield Line(command, Tone.COMMAND, indent=2)
        return
    for one in standing:
        yield from describe_fix(one)
    yield Line(f"{incident.id} is {incident.state.value}.")
    yield from _next(incident, standing[-1])


def describe_fix(one: Standing) -> Iterator[Line]:
    """
    Say how far one fix has come, step by step.

    Parameters
    ----------
    one : Standing
        A fix, and what new rows show of it.
    """
    fix = one.fix
    tone = STATE_TONES.get(fix.state, Tone.PLAIN)
    word = fix.state.value.replace("_", " ")
    why = f" ({fix.reason})" if fix.reason else ""
    yield Line(f"{fix.id} {word}{why}: {clean(str(fix.action))}", tone, hang=2)
    for step in fix.steps:
        who = clean(step.actor.partition(":")[2])
        said = _said(step)
        yield Line(
            f"{say_instant(step.at)} {step.kind} by {who}{said}",
            Tone.QUIET,
            indent=2,
            hang=2,
        )
    if one.serving is not None and fix.state is not State.RECOVERED:
        tone = Tone.GOOD if one.serving.confirmed else Tone.BAD
        yield Line(clean(str(one.serving)), tone, indent=2, hang=2)


def _next(incident: Incident, last: Standing) -> Iterator[Line]:
    fix, serving = last.fix, last.serving
    if fix.state is State.FAILED:
        yield Line(f"modelowners fix plan {incident.id}", Tone.COMMAND, indent=2)
    elif fix.state is State.ALIAS_SET and serving and not serving.confirmed:
        text = (
            "Moving an alias changes nothing in a running server: reload it, and let "
            "it answer. The next look confirms what new rows show."
        )
        yield Line(text, Tone.QUIET, indent=2)
        yield Line(f"modelowners fix plan {incident.id}", Tone.COMMAND, indent=2)
    elif fix.state in {State.RAN, State.SERVING_CONFIRMED, State.ALIAS_SET}:
        text = "It counts once a full window is well again; each look measures that."
        yield Line(text, Tone.QUIET, indent=2)
        yield Line("modelowners watch --once", Tone.COMMAND, indent=2)


def _detail(action: Action) -> Iterator[Line]:
    if isinstance(action, AliasMove):
        hook = action.hook
        after = f"then run {hook.name}" if hook else "no command is run afterwards"
        yield Line(after, indent=2)
        command = hook
    else:
        command = action
    if command is not None:
        argv = " ".join(repr(word) for word in command.argv)
        limit = f"{command.timeout.total_seconds():g} s"
        yield Line(f"{command.name} is {clean(argv)}, at most {limit}", indent=2)


def _apply_command(proposal: Proposal) -> str:
    made = proposal.plan
    command = f"modelowners fix apply {proposal.incident.id}"
    if "asked for" in made.why and not isinstance(made.action, AliasMove):
        command += f" --action {made.name}"
    if "asked for" in made.why and isinstance(made.action, AliasMove):
        command += f" --to {made.action.to}"
    return command


def _said(step: Step) -> str:
    """Say what is particular to a step; nothing where its kind says it all."""
    body, text = step.body, ""
    if step.kind == StepKind.REQUESTED:
        right = body.get("right")
        glass = right.get("break_glass") if isinstance(right, Mapping) else None
        text = f"breaking the glass: {glass}" if glass else ""
    elif step.kind == StepKind.COMMAND_FINISHED:
        text = f"{body.get('name')}: {body.get('said')}"
    elif step.kind == StepKind.FAILED:
        text = str(body.get("why"))
    elif step.kind == StepKind.SERVED:
        share = 100 * float(str(body["share"]))
        text = f"{share:.4g} % of {body['rows']} new rows carry it"
    elif step.kind == StepKind.RECOVERED:
        text = f"well from {body.get('from')} to {body.get('to')}"
    elif step.kind == StepKind.TAGGED and body.get("trouble"):
        text = f"not tagged: {body['trouble']}"
    return f": {clean(text)}" if text else ""
