"""
Remediation: the owner ships the fix, and it counts once it is measured.

`plan` says what a declared action would do; `apply` does it, every act behind a
row of the audit and a lock; `verify` carries it from *set* to *served* to
*recovered* by what new rows show; `undo` takes an alias back. A `Fix` is the
fold of its audited steps, so that a crash is settled by reading again.
"""

from modelowners.remediation.plans import choose, plan
from modelowners.remediation.protocol import apply, settle, undo
from modelowners.remediation.recovery import verify

__all__ = ["apply", "choose", "plan", "settle", "undo", "verify"]
