"""Every table and every named statement of the program, imported; journals opened."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

import modelowners

if TYPE_CHECKING:
    from sqlalchemy import Connection


def import_all(part: str) -> None:
    """
    Import a module of each package that has it.

    Parameters
    ----------
    part : str
        ``tables`` or ``repository``.
    """
    root = Path(modelowners.__path__[0])
    for package in pkgutil.iter_modules([str(root)]):
        place = root / package.name / part
        if place.with_suffix(".py").is_file() or place.is_dir():
            importlib.import_module(f"modelowners.{package.name}.{part}")


def unlock(connection: Connection, journal: str) -> None:
    """Be the administrator who drops what keeps a journal from being altered."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"drop trigger {journal}_only_grows on {journal}")
        return
    for act in ("update", "delete"):
        connection.exec_driver_sql(f"drop trigger {journal}_no_{act}")
