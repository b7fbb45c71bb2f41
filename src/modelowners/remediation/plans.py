"""Plans: which declared action mends a cause, and what exactly it will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelowners.core.ids import AssetId, IncidentId, asset_kind
from modelowners.diagnosis.causes import Category, CauseKind, category_of
from modelowners.remediation.actions import Action, AliasMove
from modelowners.remediation.declaration import COMMANDS, Declaration
from modelowners.remediation.fixes import Fix
from modelowners.remediation.refusals import (
    NoFixDeclared,
    NoSuchAction,
    NothingProposed,
)

EXAMPLES = {
    True: "{alias: {registry: mlflow, name: champion}}",
    False: "{quarantine: {command: [./quarantine.sh]}}",
}
"""How a model, and how data, may be declared to be mended."""
ALIAS = "alias"
RELOAD = "reload"

ROLLED_BACK = frozenset({CauseKind.BAD_RETRAIN, CauseKind.WRONG_VERSION_SERVED})
"""Causes that serving an earlier version mends."""

MENDS = {
    Category.DATA: ("quarantine", "retrain"),
    Category.INTERFACE: ("quarantine", "reload"),
    Category.MODEL: ("retrain", "reload"),
    Category.DEPLOYMENT: ("reload", "retrain"),
    Category.WORLD: ("retrain",),
    Category.INFRASTRUCTURE: ("reload",),
    Category.UNKNOWN: (),
}
"""Commands that may mend a cause of a category, the likeliest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """
    What is to be mended.

    Parameters
    ----------
    incident : IncidentId
        Which incident.
    model : AssetId
        The model that shows the symptom.
    asset : AssetId
        The asset of the cause.
    kind : CauseKind
        What it is taken to be.
    confirmed : bool
        Whether a human said so.
    """

    incident: IncidentId
    model: AssetId
    asset: AssetId
    kind: CauseKind
    confirmed: bool = False

    def __str__(self) -> str:
        how = "confirmed" if self.confirmed else "diagnosed"
        return f"{self.kind.value} of {self.asset}, {how}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An action somebody declared: which, of what, and why it is taken."""

    declaration: Declaration
    name: str
    why: str

    @property
    def asset(self) -> AssetId:
        """The acted-on asset."""
        return self.declaration.asset


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What applying a fix would do.

    Parameters
    ----------
    trouble : Trouble
        What it mends.
    asset : AssetId
        What is acted on.
    name : str
        Of the declared action.
    action : Action
        What exactly.
    why : str
        Why this.
    others : tuple of str
        What else is declared for the asset.
    """

    trouble: Trouble
    asset: AssetId
    name: str
    action: Action
    why: str
    others: tuple[str, ...] = ()


def choose(
    trouble: Trouble,
    declared: Sequence[Declaration],
    *,
    wanted: str | None = None,
    fixes: Sequence[Fix] = (),
    place: object = "the ownership file",
) -> Choice:
    """
    Choose the declared action that mends a trouble.

    Parameters
    ----------
    trouble : Trouble
        What is to be mended.
    declared : sequence of Declaration
        Of the cause's asset and of the model, as far as they have one.
    wanted : str or None
        An action asked for by name.
    fixes : sequence of Fix
        Of this incident so far.
    place : object
        The ownership file, for a refusal.

    Returns
    -------
    Choice
        An alias goes back for a bad or a wrong version. Once it has moved and
        nothing shows that it is served, ``reload`` is next.

    Raises
    ------
    NoFixDeclared
        If nothing is declared.
    NoSuchAction
        If the one asked for is not.
    NothingProposed
        If nothing declared mends this cause.
    """
    if not declared:
        raise NoFixDeclared(
            asset=trouble.asset,
            place=place,
            example=EXAMPLES[asset_kind(trouble.asset) == "model"],
            incident=trouble.incident,
        )
    if wanted is not None:
        return _wanted(trouble, declared, wanted)
    order = _order(trouble, fixes)
    for name, why in order:
        for one in declared:
            if name in one.names:
                return Choice(declaration=one, name=name, why=why)
    known = [name for one in declared for name in one.names]
    tried = ", ".join(name for name, _ in order) or "nothing by itself"
    raise NothingProposed(
        asset=trouble.asset,
        cause=trouble.kind.value,
        why=f"that takes {tried}; declared: {', '.join(known)}",
        remedy="Choose one yourself: modelowners fix plan "
        f"{trouble.incident} --action {known[0]}",
    )


def plan(
    trouble: Trouble, choice: Choice, *, current: str | None, to: str | None
) -> Plan:
    """
    Say what exactly a chosen action will do.

    Parameters
    ----------
    trouble : Trouble
        What it mends.
    choice : Choice
        From `choose`.
    current, to : str or None
        For an alias: the version it has now, and the one it is to get.

    Returns
    -------
    Plan
        Nothing is done by planning.
    """
    declaration, name = choice.declaration, choice.name
    action: Action
    if name == ALIAS and declaration.alias is not None:
        alias = declaration.alias
        action = AliasMove(
            registry=alias.registry,
            model=alias.model,
            alias=alias.name,
            expect=current or "",
            to=to or "",
            hook=declaration.commands.get(declaration.hook or ""),
        )
    else:
        action = declaration.commands[name]
    return Plan(
        trouble=trouble,
        asset=declaration.asset,
        name=name,
        action=action,
        why=choice.why,
        others=tuple(one for one in declaration.names if one != name),
    )


def check_command(made: Plan) -> str:
    """Give the command that shows what the gates of a plan rest on."""
    action = made.action
    version = f" --candidate {action.to}" if isinstance(action, AliasMove) else ""
    return f"modelowners check {made.asset}{version}"


def _wanted(trouble: Trouble, declared: Sequence[Declaration], wanted: str) -> Choice:
    for one in declared:
        if wanted in one.names:
            return Choice(declaration=one, name=wanted, why="asked for by name")
    known = ", ".join(name for one in declared for name in one.names)
    raise NoSuchAction(
        asset=trouble.asset, found=wanted, known=known, incident=trouble.incident
    )


def _order(trouble: Trouble, fixes: Sequence[Fix]) -> list[tuple[str, str]]:
    """Give the actions that mend a trouble, likeliest first, each with its reason."""
    moved = [one for one in fixes if one.unconfirmed]
    order: list[tuple[str, str]] = []
    if moved:
        why = f"{moved[-1].id} has moved the alias, and nothing shows that it is served"
        order.append((RELOAD, why))
    elif trouble.kind in ROLLED_BACK:
        order.append((ALIAS, f"{trouble}: serving the version before mends it"))
    order += [
        (name, f"{trouble}: {COMMANDS[name]}")
        for name in MENDS[category_of(trouble.kind)]
        if name not in {known for known, _ in order}
    ]
    return order
