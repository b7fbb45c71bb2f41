"""The incidents' statements, and the only code that runs them."""

from modelowners.incidents.repository.incidents import Incidents

__all__ = ["Incidents"]
