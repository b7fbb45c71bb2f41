"""
Detection: which figures left their level, and what the owner's tests say.

One rule above all: harm alarms, drift explains.
"""

from modelowners.detection.findings import Finding, gather
from modelowners.detection.frames import Frame
from modelowners.detection.shifts import Shift, shifts_of
from modelowners.detection.streams import streams_of
from modelowners.detection.verdicts import check

__all__ = ["Finding", "Frame", "Shift", "check", "gather", "shifts_of", "streams_of"]
