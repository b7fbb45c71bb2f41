"""
Catalog: whose an asset is at any instant, and whether that person can be reached.

The ownership file is read strictly (`files`), and answers come from its people,
teams, rotations and patterns alone: nothing here opens a database or a socket.
"""

from modelowners.catalog.files import Catalog, load
from modelowners.catalog.problems import BadCatalog, Problem, Severity
from modelowners.catalog.roles import resolve
from modelowners.catalog.rules import FacetReader, certify, lint
from modelowners.catalog.shapes import file_schema as schema
from modelowners.catalog.suggestions import Suggestion
from modelowners.catalog.suggestions import rank_authors as suggest

__all__ = [
    "BadCatalog",
    "Catalog",
    "FacetReader",
    "Problem",
    "Severity",
    "Suggestion",
    "certify",
    "lint",
    "load",
    "resolve",
    "schema",
    "suggest",
]
