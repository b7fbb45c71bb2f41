"""
Refusals: why a fix is not made, and what to type instead.

::

    InputError
    ├── NothingToMend      the incident is over
    ├── NoFixDeclared      the asset's entry has no usable `fix:`
    ├── NothingProposed    nothing declared mends this cause
    ├── NoSuchAction       another action was asked for
    ├── NoGoodVersion      no version is known to have been well
    ├── NotYourFix         the actor has no relation to the acted-on asset
    ├── NotAMember         the actor is not in the ownership file, or has left
    ├── GatesClosed        the owner's own checks do not pass
    ├── Locked             somebody else is at it
    ├── Moved              the alias is not where the plan expects it
    ├── AlreadyThere       the alias has that version
    ├── NoSuchVersion      the registry cannot serve that version
    ├── NothingToUndo      no fix of the incident can be taken back
    └── Overtaken          the fix has gone on in the meantime
"""

from __future__ import annotations

from modelowners.core.errors import InputError


class NothingToMend(InputError):
    """
    {incident} is {state}: there is nothing to mend.

    If the trouble is back: modelowners incident reopen {incident}.
    """


class NoFixDeclared(InputError):
    """
    The entry of {asset} says nothing about how to mend it.

    Add to it in {place}, for instance `fix: {example}`, then type: modelowners fix
    plan {incident}.
    """


class NothingProposed(InputError):
    """
    Nothing declared under `fix:` of {asset} mends a {cause}: {why}.

    {remedy}.
    """


class NoSuchAction(InputError):
    """
    {asset} declares no action "{found}"; it declares: {known}.

    Type: modelowners fix plan {incident}.
    """


class NoGoodVersion(InputError):
    """
    The log of {asset} names no version that was served before {since}.

    Name one yourself: modelowners fix plan {incident} --to VERSION.
    """


class NotYourFix(InputError):
    """
    {who} may not act on {asset}: its accountable person, deputy or responder may.

    That is {may}. Ask them, or if it cannot wait: modelowners fix apply
    {incident} --break-glass REASON (gates stay, the owner is told).
    """


class NotAMember(InputError):
    """
    {who} may not act on {asset}: only people of the ownership file may.

    Not even --break-glass changes that. Ask {may}, or note what you know:
    modelowners incident note {incident} TEXT.
    """


class GatesClosed(InputError):
    """
    Not applied: {closed}.

    See modelowners fix plan {incident}; the checks themselves are shown by:
    {command}.
    """


class Locked(InputError):
    """
    {holder} is at {key} since {since}, with {fix}; nothing was done.

    See how that ends: modelowners fix status {incident}.
    """


class Moved(InputError):
    """
    {key} has version {found}, not {expected} as planned; nothing was done.

    Somebody moved it. Plan again: modelowners fix plan {incident}.
    """


class AlreadyThere(InputError):
    """
    {key} has version {to} already; nothing was done.

    See whether it is served: modelowners fix status {incident}.
    """


class NoSuchVersion(InputError):
    """
    The registry cannot serve version {version} of {model}: {why}.

    Name another: modelowners fix plan {incident} --to VERSION.
    """


class NothingToUndo(InputError):
    """
    {incident} has no fix that can be taken back: {why}.

    See: modelowners fix status {incident}.
    """


class Overtaken(InputError):
    """
    {fix} has gone on in the meantime (step {found}, not {expected}).

    See: modelowners fix status {incident}.
    """
