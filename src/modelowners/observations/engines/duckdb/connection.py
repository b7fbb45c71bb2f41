"""Connections: UTC, no downloads, only the named files, configuration locked."""

from __future__ import annotations

import glob
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

import duckdb


def connect(
    files: Sequence[str], *, threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """
    Open a database in memory that can read these files and nothing else.

    The zone is UTC whatever the machine's is; extensions are neither loaded
    nor fetched; after that no statement can change a setting. A TIMESTAMPTZ is
    never fetched from it (that needs pytz): cross the border with `epoch_us`.

    Parameters
    ----------
    files : sequence of str
        Paths as they will be read.
    threads : int, optional
        At least 1; None takes every core.

    Returns
    -------
    duckdb.DuckDBPyConnection
        Spills to a private folder that goes away with it.

    Examples
    --------
    >>> connect([]).execute("SELECT current_setting('TimeZone')").fetchone()
    ('UTC',)
    """
    # A name with a glob's characters is found by listing its folder.
    folders = sorted({str(Path(f).parent) for f in files if glob.has_magic(f)})
    spill = tempfile.mkdtemp(prefix="modelowners-")
    connection = duckdb.connect()
    weakref.finalize(connection, shutil.rmtree, spill, ignore_errors=True)
    settings = [
        "SET TimeZone = 'UTC'",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET allow_community_extensions = false",
        "SET enable_progress_bar = false",
        f"SET temp_directory = {literal(spill)}",
        f"SET allowed_paths = [{', '.join(literal(path) for path in files)}]",
        f"SET allowed_directories = [{', '.join(map(literal, folders))}]",
        "SET enable_external_access = false",
    ]
    if threads is not None:
        settings.append(f"SET threads = {int(threads)}")
    settings.append("SET lock_configuration = true")
    for setting in settings:
        connection.execute(setting)
    return connection


def quoted(name: str) -> str:
    r"""
    Quote an identifier.

    Examples
    --------
    >>> quoted("fare"), len(quoted('"fare"'))
    ('"fare"', 10)
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """
    Quote a text value.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def double(value: float) -> str:
    """
    Give a finite number as a DOUBLE literal; without an exponent it is a DECIMAL.

    Examples
    --------
    >>> double(0.1), double(-1e300)
    ('0.1e0', '-1e+300')
    """
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"
