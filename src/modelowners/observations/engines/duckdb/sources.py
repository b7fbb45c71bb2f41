"""Sources: which files a log consists of, what is in them, and how to scan them."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from modelowners.core.errors import InputError
from modelowners.observations.engines.duckdb.columns import (
    NULL_MARKERS,
    Kind,
    kind_of,
)
from modelowners.observations.engines.duckdb.connection import literal, quoted

FILE = "modelowners:file"
ROW = "modelowners:row"
_SNIFFED_ROWS = 20_000
_PARQUET = b"PAR1"
_CSV_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
_VIRTUAL = {"file_index", "file_row_number", FILE, ROW}


class NoLogFiles(InputError):
    """
    {place}No file matches {patterns} below {root}.

    Correct `source:` under `predictions:`, or deliver the files.
    """


class UnknownFileKind(InputError):
    """{file} is neither Parquet nor CSV; name files that end in .parquet or .csv."""


@dataclass(frozen=True, slots=True, order=True)
class LogFile:
    """One file of a log: absolute path, the name people see, and its fingerprint."""

    path: str
    name: str
    size: int
    mtime_ns: int
    csv: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    The readable files of a log and the union of their columns.

    Parameters
    ----------
    files : tuple of LogFile
        Readable files, by path.
    unreadable : mapping of str to str
        File and why.
    types : mapping of str to str
        Column and the type its values are stored as over all files (VARCHAR in
        CSV), in order of appearance.
    targets : mapping of str to str
        Where another type than that stored is meant: what a CSV column's first
        values look like, or the numbers of a column that is text in some files.
    differing : mapping of str to str
        Column and how it differs between files.
    rows : int
        Rows by the footers of Parquet files.
    """

    files: tuple[LogFile, ...]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)
    differing: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0

    @property
    def paths(self) -> tuple[str, ...]:
        """Absolute paths."""
        return tuple(file.path for file in self.files)

    def only(self, files: Sequence[LogFile]) -> Source:
        """Give the same columns over fewer files."""
        return replace(self, files=tuple(files))


def find_files(
    root: Path, patterns: Sequence[str], *, place: str = ""
) -> tuple[LogFile, ...]:
    """
    Find the files that paths and globs name, each once, by path.

    Parameters
    ----------
    root : Path
        Folder that relative patterns start from.
    patterns : sequence of str
        Paths or globs; ``**`` reaches into folders.
    place : str, optional
        Where the patterns were declared, for the error.

    Returns
    -------
    tuple of LogFile
        At least one.

    Raises
    ------
    NoLogFiles
        If nothing matches.
    UnknownFileKind
        If a file is neither Parquet nor CSV by its name or first bytes.
    """
    base = Path(os.path.abspath(root))  # noqa: PTH100 - symbolic links stay as named
    found: dict[str, LogFile] = {}
    for pattern in patterns:
        full = str(base / pattern)
        # `Path.glob` takes no absolute pattern, and a source may be one.
        matching = glob.glob(full, recursive=True)  # noqa: PTH207 - see above
        names = [full] if Path(full).is_file() else matching
        for path in names:
            if not Path(path).is_file():
                continue
            state = Path(path).stat()
            found[path] = LogFile(
                path=path,
                name=os.path.relpath(path, base),
                size=state.st_size,
                mtime_ns=state.st_mtime_ns,
                csv=_is_csv(path),
            )
    if not found:
        raise NoLogFiles(
            place=f"{place} " if place else "",
            patterns=", ".join(f'"{pattern}"' for pattern in patterns),
            root=base,
        )
    return tuple(found[path] for path in sorted(found))


def _is_csv(path: str) -> bool:
    lower = path.lower()
    if lower.endswith(_CSV_ENDINGS):
        return True
    if lower.endswith((".parquet", ".pq")):
        return False
    try:
        with Path(path).open("rb") as file:
            magic = file.read(len(_PARQUET))
    except OSError:
        return False
    if magic == _PARQUET:
        return False
    raise UnknownFileKind(file=path)


def read_source(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LogFile]
) -> Source:
    """
    Read footers and the first rows: columns, types and what cannot be read.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Allowed to read the files.
    files : sequence of LogFile
        The log.

    Returns
    -------
    Source
        Unreadable files are named and left out.
    """
    unreadable: dict[str, str] = {}
    schemas: list[tuple[LogFile, dict[str, str]]] = []
    rows = 0
    footers = _footers(connection, [file for file in files if not file.csv])
    for file in files:
        try:
            if file.csv:
                schemas.append((file, _sniff(connection, file.path)))
            elif (footer := footers.get(file.path)) is not None:
                rows += footer[0]
                schemas.append((file, footer[1]))
            else:
                schemas.append((file, _describe(connection, file.path)))
                rows += _row_count(connection, file.path)
        except (duckdb.Error, OSError) as error:
            unreadable[file.name] = _reason(error)
    targets, differing = _union([schema for _, schema in schemas])
    from_csv = {name for file, schema in schemas if file.csv for name in schema}
    kinds = _kinds(schemas)
    mixed = {Kind.NUMERIC, Kind.TEXT}
    types = {
        name: "VARCHAR" if name in from_csv or kinds[name.lower()] == mixed else target
        for name, target in targets.items()
    }
    return Source(
        files=tuple(file for file, _ in schemas),
        unreadable=unreadable,
        types=types,
        targets={n: t for n, t in targets.items() if t != types[n]},
        differing=differing,
        rows=rows,
    )


def _kinds(
    schemas: Sequence[tuple[LogFile, Mapping[str, str]]],
) -> Mapping[str, set[Kind]]:
    """Give the kinds each column has in some file, by its name in lower case."""
    found: dict[str, set[Kind]] = {}
    for _, schema in schemas:
        for name, type_name in schema.items():
            found.setdefault(name.lower(), set()).add(kind_of(type_name))
    return found


def _footers(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LogFile]
) -> dict[str, tuple[int, dict[str, str]]]:
    """Read all footers in one statement; where one is broken, none."""
    if not files:
        return {}
    paths = paths_sql([file.path for file in files])
    try:
        counts = connection.execute(
            f"SELECT file_name, num_rows FROM parquet_file_metadata({paths})"
        ).fetchall()
        leaves = connection.execute(
            "SELECT file_name, count(*) FILTER (num_children > 0) "
            f"FROM parquet_schema({paths}) GROUP BY ALL"
        ).fetchall()
        if any(nested > 1 for _, nested in leaves):
            return {}  # a nested column's type is told by DESCRIBE only
        columns = connection.execute(
            f"SELECT file_name, name, duckdb_type FROM parquet_schema({paths}) "
            "WHERE duckdb_type IS NOT NULL"
        ).fetchall()
    except duckdb.Error:
        return {}
    found: dict[str, tuple[int, dict[str, str]]] = {
        path: (rows, {}) for path, rows in counts
    }
    names: set[tuple[str, str]] = set()
    for path, name, type_name in columns:
        if (path, name.lower()) in names:
            return {}  # the same name twice: DESCRIBE tells how it is told apart
        names.add((path, name.lower()))
        found[path][1][name] = type_name
    return found


def _describe(connection: duckdb.DuckDBPyConnection, path: str) -> dict[str, str]:
    found = connection.execute(
        f"DESCRIBE SELECT * FROM read_parquet({paths_sql([path])})"
    ).fetchall()
    return {row[0]: row[1] for row in found}


def _row_count(connection: duckdb.DuckDBPyConnection, path: str) -> int:
    found = connection.execute(
        f"SELECT sum(num_rows) FROM parquet_file_metadata({paths_sql([path])})"
    ).fetchone()
    return int(found[0] or 0) if found else 0


def _sniff(connection: duckdb.DuckDBPyConnection, path: str) -> dict[str, str]:
    """Tell what the first values of each CSV column look like."""
    scan = _csv_sql(path)
    names = [
        row[0]
        for row in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    ]
    if not names:
        return {}
    markers = ", ".join(literal(marker) for marker in NULL_MARKERS)
    tests: list[str] = []
    for name in names:
        text = f"trim({quoted(name)})"
        real = f"{text} NOT IN ({markers})"
        tests += [
            f"count(*) FILTER ({real})",
            # The cast alone would round: 0.53 is no whole number.
            (
                f"count(*) FILTER ({real} AND (TRY_CAST({text} AS BIGINT) IS NULL "
                f"OR NOT regexp_matches({text}, '^[+-]?[0-9]+$')))"
            ),
            f"count(*) FILTER ({real} AND TRY_CAST({text} AS DOUBLE) IS NULL)",
            f"count(*) FILTER ({real} AND TRY_CAST({text} AS TIMESTAMP) IS NULL)",
            f"count(*) FILTER ({real} AND lower({text}) NOT IN ('true', 'false'))",
            f"count(*) FILTER (regexp_matches({text}, '^[+-]?0[0-9]'))",
        ]
    row = connection.execute(
        f"SELECT {', '.join(tests)} FROM (SELECT * FROM {scan} LIMIT {_SNIFFED_ROWS})"
    ).fetchone()
    counts = row or ()
    return {
        name: _looks_like(counts[6 * i : 6 * i + 6]) for i, name in enumerate(names)
    }


def _looks_like(counts: Sequence[int]) -> str:
    filled, not_whole, not_number, not_time, not_flag, padded = counts
    if not filled:
        return "VARCHAR"
    if not not_whole and not padded:
        return "BIGINT"
    if not not_number and not padded:
        return "DOUBLE"
    if not not_flag:
        return "BOOLEAN"
    return "TIMESTAMP" if not not_time else "VARCHAR"


def _union(
    schemas: Sequence[Mapping[str, str]],
) -> tuple[dict[str, str], dict[str, str]]:
    """Unite columns by name; where types differ, say how."""
    seen: dict[str, dict[str, int]] = {}
    spelt: dict[str, str] = {}
    for schema in schemas:
        for name, type_name in schema.items():
            # The engine's names ignore case, so ours must not tell them apart.
            known = spelt.setdefault(name.lower(), name)
            types = seen.setdefault(known, {})
            types[type_name] = types.get(type_name, 0) + 1
    united = {name: _common(list(types)) for name, types in seen.items()}
    differing: dict[str, str] = {}
    for name, types in seen.items():
        present = sum(types.values())
        if len(types) > 1:
            differing[name] = ", ".join(
                f"{type_name} in {count}" for type_name, count in sorted(types.items())
            )
        elif present < len(schemas):
            differing[name] = f"missing in {len(schemas) - present} of {len(schemas)}"
    return united, differing


def _common(types: Sequence[str]) -> str:
    if len(types) == 1:
        return types[0]
    kinds = {kind_of(type_name) for type_name in types}
    if kinds == {Kind.NUMERIC}:
        whole = all(
            type_name.endswith("INT") or type_name == "INTEGER" for type_name in types
        )
        times = [t for t in types if _is_time(t)]
        if times:
            same = len(times) == len(types)
            zoned = any(t.endswith("ZONE") for t in times)
            return "TIMESTAMP" if same and not zoned else "VARCHAR"
        return "HUGEINT" if whole else "DOUBLE"
    if kinds == {Kind.NUMERIC, Kind.TEXT}:
        # Numbers that became text in some files are still meant as numbers.
        return "DOUBLE" if not any(map(_is_time, types)) else "TIMESTAMP"
    return "VARCHAR"


def _is_time(type_name: str) -> bool:
    return type_name.startswith(("DATE", "TIME"))


def _reason(error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else ""
    return first or type(error).__name__


def paths_sql(paths: Sequence[str]) -> str:
    """
    Give a list of paths as SQL, taken literally: no character of them is a glob.

    Examples
    --------
    >>> paths_sql(["a[1].parquet"])
    "['a[[]1].parquet']"
    """
    return f"[{', '.join(literal(glob.escape(path)) for path in paths)}]"


def _csv_sql(path: str) -> str:
    return (
        f"read_csv({paths_sql([path])}, all_varchar = true, header = true, "
        f"strict_mode = true, sample_size = {_SNIFFED_ROWS})"
    )


def relation_sql(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    wanted: Collection[str] | None = None,
) -> str:
    """
    Give the SQL of all rows of a source, with their file's index and row number.

    Parquet is read in place; CSV, and Parquet whose columns are called like
    the engine's own row numbers, is copied once into the connection.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the statement will run.
    source : Source
        At least one file.
    wanted : collection of str, optional
        Columns to give; None: all. Of very many columns, naming a few is what
        keeps every statement quick.

    Returns
    -------
    str
        A parenthesised SELECT with the columns of `source.types`, `FILE` (index
        into `source.files`) and `ROW` (from 0).
    """
    plain = not (_VIRTUAL & {name.lower() for name in source.types})
    in_place = [
        (i, file) for i, file in enumerate(source.files) if plain and not file.csv
    ]
    copied = [(i, file) for i, file in enumerate(source.files) if not plain or file.csv]
    parts: list[str] = []
    if in_place:
        paths = paths_sql([file.path for _, file in in_place])
        index = "file_index"
        if copied:
            numbers = ", ".join(str(i) for i, _ in in_place)
            index = f"list_extract([{numbers}], CAST(file_index AS BIGINT) + 1)"
        # Where a file lacks columns only `*` can be asked of all of them.
        some = wanted is not None and not source.differing and not copied
        columns = ", ".join(map(quoted, wanted or ())) if some else "*"
        parts.append(
            f"SELECT {columns or 'NULL AS nothing'}, {index} AS {quoted(FILE)}, "
            f"file_row_number AS {quoted(ROW)} "
            f"FROM read_parquet({paths}, union_by_name = true)"
        )
    if copied:
        parts.append(f"SELECT * FROM {_copy(connection, copied, source)}")
    if not parts:
        empty = ", ".join(
            f"CAST(NULL AS {type_name}) AS {quoted(name)}"
            for name, type_name in source.types.items()
        )
        return (
            f"(SELECT {empty or 'NULL AS nothing'}, 0 AS {quoted(FILE)}, "
            f"0 AS {quoted(ROW)} LIMIT 0)"
        )
    if source.differing:
        # Every column is there, in its common type, whichever files are read.
        nulls = ", ".join(
            f"CAST(NULL AS {type_name}) AS {quoted(name)}"
            for name, type_name in source.types.items()
        )
        parts.insert(0, f"(SELECT {nulls} LIMIT 0)")
    every = " UNION ALL BY NAME ".join(parts)
    if wanted is None:
        return f"({every})"
    named = ", ".join(map(quoted, [*wanted, FILE, ROW]))
    return f"(SELECT {named} FROM ({every}))"


def _copy(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[tuple[int, LogFile]],
    source: Source,
) -> str:
    """Copy files into a temporary table, once per connection and set of files."""
    key = ",".join(f"{i}:{file.path}" for i, file in files)
    name = quoted(f"copy of {key}")
    known = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE temporary AND table_name = ?",
        [f"copy of {key}"],
    ).fetchone()
    if known:
        return name
    columns = ", ".join(
        f"{quoted(column)} {type_name}" for column, type_name in source.types.items()
    )
    connection.execute(
        f"CREATE TEMP TABLE {name} ({columns}, {quoted(FILE)} INTEGER, "
        f"{quoted(ROW)} BIGINT)"
    )
    for i, file in files:
        scan = (
            _csv_sql(file.path)
            if file.csv
            else f"read_parquet({paths_sql([file.path])})"
        )
        connection.execute(
            f"INSERT INTO {name} BY NAME SELECT *, {i} AS {quoted(FILE)}, "
            f"row_number() OVER () - 1 AS {quoted(ROW)} FROM {scan}"
        )
    return name
