"""
Diagnosis: which cause explains the harm, on what evidence, and whose it is.

Shifts and the log propose suspects, one probe per cause kind weighs each, and
the ranking says how sure each story is, *unknown* among them.
"""

from modelowners.diagnosis.causes import Cause, CauseKind, Diagnosis
from modelowners.diagnosis.inquiries import Inquiry
from modelowners.diagnosis.reasoning import Reasoned, diagnose

__all__ = ["Cause", "CauseKind", "Diagnosis", "Inquiry", "Reasoned", "diagnose"]
