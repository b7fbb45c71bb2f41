"""
Alertmanager: takes its alerts in, and shows it ours.

``connectors.alertmanager`` of the ownership file holds ``token``, which senders
bear, ``show``, the Alertmanagers that show our incidents, or both.
"""

from __future__ import annotations

from modelowners.catalog.files import Catalog
from modelowners.connectors.alertmanager.alerts import AlertBoard
from modelowners.connectors.alertmanager.posts import NAME, Alertmanager
from modelowners.connectors.transport import Outside
from modelowners.core.facets import Node, items, mapping, texts
from modelowners.core.secrets import read_reference
from modelowners.incidents.ports import Board, Receiver, Spool

KEYS = ("token", "show")
MAX_TOKENS = 2


def check_section(node: Node) -> None:
    """Refuse ``connectors.alertmanager`` where it cannot be used; `lint` asks."""
    read_tokens(node)
    read_boards(node)


def read_tokens(node: Node) -> tuple[str, ...]:
    """
    Read which tokens senders may bear.

    Parameters
    ----------
    node : Node
        The section; ``token`` is a reference, or two while senders change over.

    Returns
    -------
    tuple of str
        References; empty where nothing is taken in.

    Raises
    ------
    BadFacet
        If there is neither ``token`` nor ``show``, or a token stands in the file.
    """
    found = mapping(node, dict.fromkeys(KEYS))
    if not found:
        raise node.refuse("connectors.alertmanager needs token, show, or both")
    if "token" not in found:
        return ()
    named = items(found["token"])
    if not 1 <= len(named) <= MAX_TOKENS:
        raise found["token"].refuse("expected one token, or two while it changes")
    return tuple(read_reference(one) for one in named)


def read_boards(node: Node) -> tuple[str, ...]:
    """
    Read which Alertmanagers show our incidents.

    Parameters
    ----------
    node : Node
        The section; ``show`` is an address or several, without path.

    Returns
    -------
    tuple of str
        Addresses.

    Raises
    ------
    BadFacet
        If one is no address.
    """
    found = mapping(node, dict.fromkeys(KEYS)).get("show")
    if found is None:
        return ()
    for url in texts(found):
        if not url.startswith(("http://", "https://", "${")):
            raise found.refuse(
                f'expected http:// or https:// and a host, found "{url}"'
            )
    return tuple(url.rstrip("/") for url in texts(found))


def receiver(catalog: Catalog, outside: Outside, spool: Spool) -> Receiver | None:
    """Give what takes alerts in, or None where the ownership file names no token."""
    node = _section(catalog)
    tokens = read_tokens(node) if node is not None else ()
    return Alertmanager(tokens, outside, spool) if tokens else None


def boards(catalog: Catalog, outside: Outside) -> tuple[Board, ...]:
    """Give the Alertmanagers that show our incidents."""
    node = _section(catalog)
    urls = read_boards(node) if node is not None else ()
    return tuple(AlertBoard(url, outside) for url in urls)


def _section(catalog: Catalog) -> Node | None:
    section = catalog.sections.get("connectors")
    return mapping(section).get(NAME) if section is not None else None
