"""
Incidents: a trouble's life, whose it is, and that they really hear of it.

An append-only log of events is the truth; an incident is its fold. `Sighting`
goes in, entries come out; `assemble` turns entries into one `Commit`, which
`repository.Incidents` writes together with the messages it implies; `deliver`
carries those to the sinks.
"""

from modelowners.incidents.absorption import absorb, release
from modelowners.incidents.acts import (
    acknowledge,
    note,
    regrade,
    snooze,
)
from modelowners.incidents.alarms import attach, sound
from modelowners.incidents.deadlines import close, escalate, settle
from modelowners.incidents.delivery import deliver
from modelowners.incidents.endings import (
    dismiss,
    merge,
    mitigate,
    resolve,
    take_up,
    unmerge,
)
from modelowners.incidents.entries import assemble
from modelowners.incidents.handovers import assign, confirm_cause, refuse
from modelowners.incidents.history import fold
from modelowners.incidents.openings import clear, open_incident, reassess, reopen
from modelowners.incidents.routing import route

__all__ = [
    "absorb",
    "acknowledge",
    "assemble",
    "assign",
    "attach",
    "clear",
    "close",
    "confirm_cause",
    "deliver",
    "dismiss",
    "escalate",
    "fold",
    "merge",
    "mitigate",
    "note",
    "open_incident",
    "reassess",
    "refuse",
    "regrade",
    "release",
    "reopen",
    "resolve",
    "route",
    "settle",
    "snooze",
    "sound",
    "take_up",
    "unmerge",
]
