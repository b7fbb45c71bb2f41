"""
Refusals: what an incident does not let happen, and what to type instead.

::

    InputError
    ├── NoIncident         no such incident
    ├── NotNow             its state does not allow the act
    ├── NotYours           the actor has no relation that allows the act
    ├── NobodyLeft         everyone who could hold it has refused
    ├── OutOfOrder         a time contradicts what is recorded
    ├── BadArgument        an act is told something it cannot use
    ├── Stale              someone else was faster
    └── KeyReused          the same idempotency key with another content
    ModelownersError
    └── NoHistory          a log without its opening
"""

from __future__ import annotations

from modelowners.core.errors import InputError, ModelownersError


class NoIncident(InputError):
    """No incident "{found}". Type `modelowners incident list` to see them."""


class NotNow(InputError):
    """
    {incident} is {state}: {act} is not possible{why}.

    Possible now: {available}.
    """


class NotYours(InputError):
    """
    {who} may not do "{act}" on {incident}: {why}.

    {remedy}.
    """


class NobodyLeft(InputError):
    """
    Everyone who could hold {incident} has refused it.

    Say whose it is: modelowners incident not-mine {incident} --to OWNER.
    """


class OutOfOrder(InputError):
    """{incident}: {field} at {found} is refused: {why}."""


class BadArgument(InputError):
    """The act "{act}" cannot use {name} {found}: {why}."""


class Stale(InputError):
    """
    {incident} is at revision {found}, not {expected}: someone was faster.

    Look again with `modelowners incident show {incident}` and repeat.
    """


class KeyReused(InputError):
    """{incident} has recorded key "{key}" with another content."""


class NoHistory(ModelownersError):
    """An incident's log begins with its opening; found {found}."""
