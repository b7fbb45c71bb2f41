"""Files: the ownership file and what it includes, merged into one catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import cast

from modelowners.catalog.allowances import Allowance, read_allowances
from modelowners.catalog.assets import Asset, Entry, combine, read_entry
from modelowners.catalog.documents import read_document
from modelowners.catalog.escalation import ROLES
from modelowners.catalog.lineage import Lineage
from modelowners.catalog.patterns import Patterns, is_pattern, read_key
from modelowners.catalog.people import (
    Organisation,
    Person,
    Team,
    read_calendar,
    read_person,
    read_team,
)
from modelowners.catalog.problems import BadCatalog, Problem, Severity
from modelowners.catalog.reading import Reading
from modelowners.core.errors import BadAssetId
from modelowners.core.facets import Node, describe, text
from modelowners.core.ids import AssetId, asset_kind, canonical_json, digest

VERSION = 1
MERGED = ("people", "teams", "owns", "connectors", "identities")
"""Sections that several files may fill, each with keys of its own."""

TOP_KEYS = ("version", "include", "calendar", "allow", *MERGED)
MAX_INCLUDED = 10_000

_WILD = frozenset("*?[")


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """
    Everything the ownership file says, checked and resolved.

    Parameters
    ----------
    root : Path
        Folder of the file; its paths start here.
    files : tuple of Path
        The file and what it includes.
    digest : str
        SHA-256 of the canonical content: the same however it is split or ordered.
    organisation : Organisation
        People, teams and the calendar.
    entries : mapping of str to Entry
        Keys under ``owns``, exact ids and patterns, in order of the key.
    aliases : mapping of str to AssetId
        Foreign names.
    allowances : tuple of Allowance
        Findings of `lint` that somebody accepts for a while.
    sections : mapping of str to Node
        The merged document by top-level key, as written.
    """

    root: Path
    files: tuple[Path, ...] = ()
    digest: str
    organisation: Organisation
    entries: Mapping[str, Entry]
    aliases: Mapping[str, AssetId]
    allowances: tuple[Allowance, ...] = ()
    sections: Mapping[str, Node] = field(default_factory=dict)
    _patterns: Patterns = field(init=False, repr=False, compare=False)
    _assets: dict[AssetId, Asset] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_patterns", Patterns(self.entries))

    @property
    def people(self) -> Mapping[str, Person]:
        """People by name."""
        return self.organisation.people

    @property
    def teams(self) -> Mapping[str, Team]:
        """Teams by name."""
        return self.organisation.teams

    def asset(self, asset: AssetId) -> Asset:
        """Give an asset with all that applies to it; unowned if no key covers it."""
        found = self._assets.get(asset)
        if found is None:
            keys = self._patterns.matches(asset)
            found = combine(asset, tuple(self.entries[key] for key in keys))
            self._assets[asset] = found
        return found

    def has(self, path: str) -> bool:
        """Tell whether a path below the root exists, or a pattern means any."""
        if _WILD & set(path):
            return any(self.root.glob(path))
        return (self.root / path).exists()

    def covering(self, asset: AssetId) -> tuple[str, ...]:
        """Give the keys that cover an asset, the longest first."""
        return tuple(self._patterns.matches(asset))

    def ids(self) -> tuple[AssetId, ...]:
        """Give every asset that is declared by its id or needed by one, in order."""
        found = {AssetId(key) for key in self.entries if not is_pattern(key)}
        for entry in self.entries.values():
            found.update(entry.needs)
        return tuple(sorted(found))

    def models(self) -> tuple[AssetId, ...]:
        """Give every model, in order."""
        return tuple(asset for asset in self.ids() if asset_kind(asset) == "model")

    def lineage(
        self, extra: Mapping[AssetId, tuple[AssetId, ...]] | None = None
    ) -> Lineage:
        """
        Give who is made from whom.

        Parameters
        ----------
        extra : mapping of AssetId to tuple of AssetId, optional
            Further needs, which facets declare.
        """
        needs = {AssetId(key): entry.needs for key, entry in self.entries.items()}
        for asset, more in (extra or {}).items():
            needs[asset] = tuple(dict.fromkeys((*needs.get(asset, ()), *more)))
        return Lineage(needs)


def load(path: Path) -> Catalog:
    """
    Read the ownership file and what it includes.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Catalog
        Without any error; warnings are `lint`'s.

    Raises
    ------
    BadCatalog
        With every error that reading found.
    """
    catalog, problems = read(path)
    if problems:
        raise BadCatalog(problems=tuple(sorted(problems, key=lambda one: one.rank)))
    return catalog


def read(path: Path) -> tuple[Catalog, list[Problem]]:
    """
    Read what can be read, with all that is wrong.

    Returns
    -------
    tuple of Catalog and list of Problem
        The catalog leaves out what the problems name.
    """
    reading = Reading()
    documents = _documents(path, reading)
    sections = _merge(documents, reading)
    reading.people = frozenset(_names(sections.get("people")))
    reading.teams = frozenset(_names(sections.get("teams")))
    _check_names(sections, reading)
    people = {
        name: read_person(name, node, reading)
        for name, node in sorted(_section(sections, "people", reading).items())
    }
    teams = {
        name: team
        for name, node in sorted(_section(sections, "teams", reading).items())
        if (team := read_team(name, node, reading, people)) is not None
    }
    away, covers = read_calendar(sections.get("calendar"), reading, people)
    entries = _entries(sections, reading)
    catalog = Catalog(
        root=path.parent,
        files=tuple(dict.fromkeys(Path(document.file) for document in documents)),
        digest=digest(_canonical(sections)),
        organisation=Organisation(people, teams, away, covers),
        entries=entries,
        aliases=_aliases(entries, reading),
        allowances=read_allowances(sections.get("allow"), reading),
        sections=sections,
    )
    return catalog, reading.problems


def _documents(path: Path, reading: Reading) -> list[Node]:
    """Read the file and every file it includes."""
    top = _document(path, str(path), reading)
    if top is None:
        return []
    fields = reading.fields(top, TOP_KEYS)
    version = fields.get("version")
    if version is None and isinstance(top.value, dict):
        reading.add(top, "no version", remedy="start the file with version: 1")
    documents = [Node(dict(fields), top.file, top.line, top.column)]
    for included in reading.each(
        lambda node: _matches(node, path), fields.get("include")
    ):
        for file in included:
            documents += _included(file, path.parent, reading)
    return documents


def _included(file: Path, root: Path, reading: Reading) -> list[Node]:
    document = _document(file, str(file), reading)
    if document is None:
        return []
    fields = reading.fields(document, TOP_KEYS)
    if "include" in fields:
        reading.add(
            fields.pop("include"),
            "an included file includes others",
            code="MO003",
            remedy=f"list them in the first file, in {root.name or 'its folder'}",
        )
    return [Node(fields, document.file, document.line, document.column)]


def _document(path: Path, label: str, reading: Reading) -> Node | None:
    """Read one file; note why it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        reading.problems.append(
            Problem(label, 1, 1, "MO001", Severity.ERROR, f"cannot be read: {why}")
        )
        return None
    before = len(reading.problems)
    found = read_document(data, file=label, problems=reading.problems)
    if found is None and len(reading.problems) == before:
        reading.problems.append(
            Problem(
                label,
                1,
                1,
                "MO001",
                Severity.ERROR,
                "the file is empty",
                "start it with version: 1",
            )
        )
    return found


def _matches(node: Node, path: Path) -> list[Path]:
    """
    Give the files one ``include`` pattern means, in order.

    Raises
    ------
    BadFacet
        If it leaves the file's folder, or names a file that is not there.
    """
    pattern = text(node)
    root = path.parent
    outside = PurePath(pattern).is_absolute() or ".." in PurePath(pattern).parts
    if outside or not pattern or pattern.startswith("~"):
        raise node.refuse(
            f'include "{pattern}" leaves the folder; name files below it', code="MO001"
        )
    real = root.resolve()
    found = []
    try:
        candidates = sorted(root.glob(pattern))
    except (ValueError, OSError):
        raise node.refuse(f'include "{pattern}" is no pattern', code="MO001") from None
    for file in candidates[:MAX_INCLUDED]:
        if not file.resolve().is_relative_to(real):
            raise node.refuse(
                f'include "{pattern}" leaves the folder by the link {file}; '
                "name files below it",
                code="MO001",
            )
        if file.is_file() and file.resolve() != path.resolve():
            found.append(file)
    if not found and not _WILD & set(pattern):
        raise node.refuse(
            f'include "{pattern}" names no file; correct it or create the file',
            code="MO001",
        )
    return found


def _merge(documents: list[Node], reading: Reading) -> dict[str, Node]:
    """Join the files' sections; keys must not repeat."""
    merged: dict[str, Node] = {}
    seen: set[str] = set()
    for document in documents:
        if document.file in seen:
            continue
        seen.add(document.file)
        for name, node in cast("dict[str, Node]", document.value).items():
            if name == "version":
                _check_version(node, reading)
            if name not in merged:
                merged[name] = node
            elif name in MERGED:
                merged[name] = _union(merged[name], node, reading)
            elif name in ("calendar", "allow"):
                merged[name] = _joined(merged[name], node, reading)
    return merged


def _check_version(node: Node, reading: Reading) -> None:
    if node.value != VERSION or isinstance(node.value, bool):
        reading.add(
            node,
            f"expected version 1, found {describe(node)}",
            remedy="write version: 1",
        )


def _union(first: Node, second: Node, reading: Reading) -> Node:
    """Join two mappings without a common key."""
    known = dict(reading.named(first))
    for key, child in reading.named(second).items():
        if key in known:
            other = known[key]
            place = f"{other.file}:{(other.key or (other.line,))[0]}"
            reading.problems.append(
                Problem.at_key(
                    child,
                    "MO006",
                    f'"{key}" is also in {place}',
                    remedy="keep it in one file",
                )
            )
            continue
        known[key] = child
    return Node(known, first.file, first.line, first.column, first.key)


def _joined(first: Node, second: Node, reading: Reading) -> Node:
    """Join two lists, or two mappings of lists."""
    if isinstance(first.value, list) and isinstance(second.value, list):
        value: list[Node] | dict[str, Node] = first.value + second.value
    elif isinstance(first.value, dict) and isinstance(second.value, dict):
        value = dict(first.value)
        for key, node in second.value.items():
            value[key] = _joined(value[key], node, reading) if key in value else node
    else:
        reading.add(
            second, f"expected what {first.place} has, found {describe(second)}"
        )
        return first
    return Node(value, first.file, first.line, first.column, first.key)


def _names(node: Node | None) -> list[str]:
    return list(node.value) if node is not None and isinstance(node.value, dict) else []


def _section(
    sections: Mapping[str, Node], name: str, reading: Reading
) -> dict[str, Node]:
    node = sections.get(name)
    return reading.named(node) if node is not None else {}


def _check_names(sections: Mapping[str, Node], reading: Reading) -> None:
    """Refuse names that could mean two things."""
    words = dict.fromkeys((*ROLES, "none"), "a word of the file's language")
    people = dict.fromkeys(_names(sections.get("people")), "a person")
    for name, taken in (("people", words), ("teams", people | words)):
        section = sections.get(name)
        fields = section.value if section is not None else None
        for key, node in fields.items() if isinstance(fields, dict) else ():
            if key in taken:
                what = f'the name "{key}" is also that of {taken[key]}'
                problem = Problem.at_key(node, "MO004", what, remedy="choose another")
                reading.problems.append(problem)


def _entries(sections: Mapping[str, Node], reading: Reading) -> dict[str, Entry]:
    """Read ``owns``: first all keys, so that entries can refer to one another."""
    keyed: dict[str, Node] = {}
    for written, node in _section(sections, "owns", reading).items():
        try:
            key = read_key(written)
        except BadAssetId as error:
            what = f'bad id "{written}": {error.why}'
            remedy = "write kind:name, or kind:prefix* for many"
            problem = Problem.at_key(node, "MO101", what, remedy=remedy)
            reading.problems.append(problem)
            continue
        if key in keyed:
            what = f'"{written}" is the same id as in {keyed[key].key_place}'
            problem = Problem.at_key(node, "MO002", what, remedy="keep one of them")
            reading.problems.append(problem)
            continue
        keyed[key] = node
    reading.assets = Patterns(keyed)
    return {key: read_entry(key, node, reading) for key, node in sorted(keyed.items())}


def _aliases(entries: Mapping[str, Entry], reading: Reading) -> dict[str, AssetId]:
    """Give each foreign name its one asset."""
    found: dict[str, AssetId] = {}
    for key, entry in entries.items():
        for alias in entry.aliases:
            other = key if alias in entries else found.get(alias)
            if other is not None:
                owner = alias if alias in entries else other
                reading.add(
                    entry.child("aliases"),
                    f'alias "{alias}" already means {owner}',
                    code="MO103",
                    remedy="give each name to one asset",
                )
                continue
            found[alias] = AssetId(key)
    return found


def _canonical(sections: Mapping[str, Node]) -> dict[str, object]:
    """Give the content as JSON, freed from how it is split into files."""
    plain = {k: node.plain() for k, node in sections.items() if k != "include"}
    calendar = plain.get("calendar")
    if isinstance(calendar, dict):
        plain["calendar"] = {k: _sorted(entries) for k, entries in calendar.items()}
    if "allow" in plain:
        plain["allow"] = _sorted(plain["allow"])
    return plain


def _sorted(entries: object) -> object:
    return sorted(entries, key=canonical_json) if isinstance(entries, list) else entries
