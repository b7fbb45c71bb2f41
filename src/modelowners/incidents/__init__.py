"""
Incidents: a trouble's life, whose it is, and that they really hear of it.

An append-only log of events is the truth; an incident is its fold. `Sighting`
goes in, entries come out; `assemble` turns entries into one `Commit`, which
`repository.Incidents` writes together with the messages it implies; `deliver`
carries those to the sinks.
"""

from modelowners.incidents.acts import (
    acknowledge,
    assign,
    confirm_cause,
    note,
    refuse,
    resolve,
)
from modelowners.incidents.delivery import deliver
from modelowners.incidents.entries import assemble
from modelowners.incidents.history import fold
from modelowners.incidents.openings import (
    clear,
    close,
    escalate,
    open_incident,
    reassess,
    reopen,
)
from modelowners.incidents.routing import route

__all__ = [
    "acknowledge",
    "assemble",
    "assign",
    "clear",
    "close",
    "confirm_cause",
    "deliver",
    "escalate",
    "fold",
    "note",
    "open_incident",
    "reassess",
    "refuse",
    "reopen",
    "resolve",
    "route",
]
