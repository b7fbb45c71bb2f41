"""
The state: one database, its chained journals and named statements.

Each package that keeps something has a ``tables.py`` that registers its tables
on `metadata`, and a ``repository.py`` with the only code that runs statements
on them. How the tables come into being, and change, is `migrations`.
"""

from __future__ import annotations

from modelowners.store.schema import metadata

__all__ = ["metadata"]
