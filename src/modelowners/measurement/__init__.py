"""
Measurement: where the debugging hours went, said no surer than the record allows.

`read_events` turns an incident of our own log, and `read_tickets` the rows of
another tool's export, into `timelines.Timeline`s; `report` measures a
`cohorts.Question`'s and gives one `speed.SpeedReport`, in which every figure
has its interval, or is withheld with its reason.
"""

from modelowners.measurement.chronology import read_events
from modelowners.measurement.speed import report
from modelowners.measurement.tickets import read_tickets

__all__ = ["read_events", "read_tickets", "report"]
