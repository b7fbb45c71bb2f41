"""Assets: what can be owned, and what the file says about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from modelowners.catalog.owners import Owner
from modelowners.catalog.patterns import is_pattern
from modelowners.catalog.reading import Reading, instant
from modelowners.core.facets import Facet, Node, describe, text
from modelowners.core.ids import AssetId, asset_kind
from modelowners.core.time import DAY

FACET_KEYS = (
    "registry",
    "predictions",
    "checks",
    "expect",
    "fix",
    "scoring",
    "reference",
)
"""Sections that later stages understand; here they stay as they are."""

PATTERN_KEYS = ("owner", "deputy", "consult", "tier", "reason")
EXACT_KEYS = (
    *PATTERN_KEYS,
    "needs",
    "code",
    "aliases",
    "runbook",
    "verified",
    "source",
    "key",
    *FACET_KEYS,
)
DATA_KINDS = ("dataset", "feature")

NOBODY = "none"
"""The owner of what deliberately has none."""

TIERS = (1, 2, 3)
DEFAULT_TIER = 2
"""Of assets whose tier nobody stated: neither ignored nor woken up for."""

VALID_FOR = {1: 90 * DAY, 2: 180 * DAY, 3: 180 * DAY}
"""How long a verification holds, by tier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Somebody confirmed the entry on a day (`on`: that day's start, UTC)."""

    on: datetime
    by: str | None
    node: Node = field(compare=False)

    def is_stale(self, at: datetime, tier: int) -> bool:
        """Tell whether it has expired: after 90 days in tier 1, else 180."""
        return at - self.on > VALID_FOR[tier]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One key under ``owns``, as written: an exact id or a pattern.

    Parameters
    ----------
    key : str
        The key.
    owner : Owner or None
        None where the entry states none, or states `none`.
    is_disowned : bool
        The entry says ``owner: none``.
    """

    key: str
    node: Node
    owner: Owner | None = None
    is_disowned: bool = False
    reason: str | None = None
    deputy: str | None = None
    consult: tuple[str, ...] = ()
    tier: int | None = None
    needs: tuple[AssetId, ...] = ()
    code: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    runbook: str | None = None
    source: tuple[str, ...] = ()
    key_columns: tuple[str, ...] = ()
    verified: Verification | None = None
    facets: Mapping[str, Facet] = field(default_factory=dict)

    @property
    def states_owner(self) -> bool:
        """Whether owner, deputy and consult come from here."""
        return self.owner is not None or self.is_disowned

    def child(self, name: str) -> Node:
        """Give the value of one of its keys, else the entry itself."""
        fields = self.node.value
        found = fields.get(name) if isinstance(fields, dict) else None
        return found or self.node


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """
    An asset with everything that applies to it, patterns included.

    Parameters
    ----------
    id : AssetId
        Its id.
    tier : int
        1 (most important) to 3.
    owner : Owner or None
        One team or one person.
    is_disowned : bool
        Deliberately without owner, for `reason`.
    deputy : str or None
        A person.
    consult : tuple of str
        Teams or people to inform, not to page.
    needs : tuple of AssetId
        What it is made from, directly.
    code : tuple of str
        Paths below the file's folder.
    aliases : tuple of str
        What others call it.
    runbook : str or None
        A path or an address.
    source : tuple of str
        Files of a dataset or feature.
    key : tuple of str
        Columns that identify a row of a dataset or feature.
    verified : Verification or None
        When somebody last confirmed the entry.
    facets : mapping of str to Facet
        Sections for later stages, by name.
    declared : str or None
        ``file:line`` of the owner.
    node : Node or None
        Its exact entry, where there is one.
    """

    id: AssetId
    tier: int = DEFAULT_TIER
    owner: Owner | None = None
    is_disowned: bool = False
    reason: str | None = None
    deputy: str | None = None
    consult: tuple[str, ...] = ()
    needs: tuple[AssetId, ...] = ()
    code: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    runbook: str | None = None
    source: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    verified: Verification | None = None
    facets: Mapping[str, Facet] = field(default_factory=dict)
    declared: str | None = None
    node: Node | None = field(default=None, compare=False)

    @property
    def kind(self) -> str:
        """``model``, ``dataset`` …."""
        return asset_kind(self.id)


def combine(asset: AssetId, entries: tuple[Entry, ...]) -> Asset:
    """
    Give an asset from the entries that cover it.

    Owner, deputy and consult come together from the first entry that states an
    owner, the tier from the first that states one, all else from the asset's
    own entry.

    Parameters
    ----------
    asset : AssetId
        Which asset.
    entries : tuple of Entry
        The entries whose keys cover it, the longest key first.
    """
    found = Asset(id=asset)
    if entries and entries[0].key == asset:
        own = entries[0]
        found = replace(
            found,
            needs=own.needs,
            code=own.code,
            aliases=own.aliases,
            runbook=own.runbook,
            source=own.source,
            key=own.key_columns,
            verified=own.verified,
            facets=own.facets,
            node=own.node,
        )
    tier = next((entry.tier for entry in entries if entry.tier), None)
    if tier is not None:
        found = replace(found, tier=tier)
    owning = next((entry for entry in entries if entry.states_owner), None)
    if owning is None:
        return found
    place = owning.child("owner")
    return replace(
        found,
        owner=owning.owner,
        is_disowned=owning.is_disowned,
        reason=owning.reason,
        deputy=owning.deputy,
        consult=owning.consult,
        declared=f"{place.file}:{place.line}",
    )


def read_entry(key: str, node: Node, reading: Reading) -> Entry:
    """
    Read one entry of ``owns``.

    Parameters
    ----------
    key : str
        As `patterns.read_key` gives it.
    node : Node
        The entry's mapping.
    reading : Reading
        Gathers problems.
    """
    found = _fields(key, node, reading)
    owner = reading.read(lambda at: _owner(at, reading), found.get("owner"))
    for name in ("deputy", "consult"):
        if name in found and "owner" not in found:
            reading.add(
                found[name],
                f"{name} without owner",
                remedy="state the owner here too: they come together",
            )
    sections = {name: found[name] for name in FACET_KEYS if name in found}
    return Entry(
        key=key,
        node=node,
        owner=owner if owner and owner.name else None,
        is_disowned=owner is not None and not owner.name,
        reason=reading.read(text, found.get("reason")),
        deputy=reading.read(reading.person, found.get("deputy")),
        consult=reading.each(reading.party, found.get("consult")),
        tier=reading.read(_tier, found.get("tier")),
        needs=tuple(dict.fromkeys(reading.each(reading.asset, found.get("needs")))),
        code=reading.each(_path, found.get("code")),
        aliases=reading.each(text, found.get("aliases")),
        runbook=reading.read(text, found.get("runbook")),
        source=reading.each(text, found.get("source")),
        key_columns=reading.each(text, found.get("key")),
        verified=_verification(found.get("verified"), reading),
        facets={name: Facet(name, section) for name, section in sections.items()},
    )


def _fields(key: str, node: Node, reading: Reading) -> dict[str, Node]:
    """Read the entry's mapping; refuse keys that have no meaning in this entry."""
    found = reading.fields(node, EXACT_KEYS)
    if is_pattern(key):
        for name in [name for name in found if name not in PATTERN_KEYS]:
            reading.add(
                found.pop(name),
                f'"{name}" in a pattern covers nothing',
                code="MO003",
                remedy=f"a pattern states {', '.join(PATTERN_KEYS)}; "
                "write the rest under the asset's own id",
            )
    elif key.partition(":")[0] not in DATA_KINDS:
        for name in [name for name in ("source", "key") if name in found]:
            reading.add(
                found.pop(name),
                f'"{name}" belongs to datasets and features',
                code="MO003",
                remedy="the log of a model goes under predictions:",
            )
    return found


def _owner(node: Node, reading: Reading) -> Owner:
    if isinstance(node.value, list):
        raise node.refuse(
            "expected one owner, found a list; name one team or person, "
            "and the others under consult:"
        )
    name = text(node)
    if name == NOBODY:
        return Owner("person", "")
    found = reading.party(node)
    return Owner("team" if found in reading.teams else "person", found)


def _tier(node: Node) -> int:
    if isinstance(node.value, int) and node.value in TIERS and node.value is not True:
        return node.value
    raise node.refuse(f"expected a tier 1, 2 or 3, found {describe(node)}")


def _path(node: Node) -> str:
    found = text(node)
    if found.startswith(("/", "~")) or ".." in found.split("/") or not found:
        raise node.refuse(
            f'expected a path below the file\'s folder, found "{found}"; '
            "leave out the leading / and any .."
        )
    return found


def _verification(node: Node | None, reading: Reading) -> Verification | None:
    if node is None:
        return None
    found = reading.fields(node, ("on", "by"))
    if "on" not in found and isinstance(node.value, dict):
        reading.add(node, "verified without on:", remedy="write the day")
    on = reading.read(lambda day: instant(day, UTC), found.get("on"))
    by = reading.read(reading.person, found.get("by"))
    return Verification(on=on, by=by, node=node) if on else None
