"""The MLflow servers that the ownership file declares."""

from __future__ import annotations

from dataclasses import dataclass

from modelowners.catalog.files import Catalog
from modelowners.core.facets import Node, items, mapping, number, text
from modelowners.core.secrets import read_reference

NAME = "mlflow"
KEYS = ("url", "instance", "token", "user", "password", "webhook_secret", "gap")
GAP = 600.0
"""Seconds between two looks from which on the time between them is told as a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """
    One MLflow server, as the ownership file declares it.

    Parameters
    ----------
    url : str
        Where it answers; what follows the host is kept.
    instance : str
        Its name in the ledger.
    token, user, password : str or None
        References to secrets, resolved at each request.
    webhook : tuple of str
        References to the secrets that sign its webhooks: the one in use, and
        during a rotation the one before.
    gap : float
        Seconds above 0: two looks further apart leave a gap that is told.
    """

    url: str
    instance: str
    token: str | None = None
    user: str | None = None
    password: str | None = None
    webhook: tuple[str, ...] = ()
    gap: float = GAP


def servers(catalog: Catalog) -> tuple[Server, ...]:
    """Give the servers that ``connectors.mlflow`` of the ownership file declares."""
    section = catalog.sections.get("connectors")
    node = mapping(section).get(NAME) if section is not None else None
    return read_servers(node) if node is not None else ()


def read_servers(node: Node) -> tuple[Server, ...]:
    """
    Read ``connectors.mlflow`` of the ownership file.

    Parameters
    ----------
    node : Node
        One server, or a list of several with an ``instance`` each.

    Returns
    -------
    tuple of Server
        In the order of the file.

    Raises
    ------
    BadFacet
        If something is missing, unknown or said twice, with its place.

    Examples
    --------
    >>> url = Node("https://mlflow.acme.example/ml", "f", 2, 8)
    >>> [s.instance for s in read_servers(Node({"url": url}, "f", 2, 3))]
    ['mlflow.acme.example']
    """
    entries = node.value if isinstance(node.value, list) else [node]
    servers: dict[str, Server] = {}
    for entry in entries:
        server = _read_server(entry)
        if server.instance in servers:
            raise entry.refuse(f'a second server called "{server.instance}"')
        servers[server.instance] = server
    return tuple(servers.values())


def _read_server(node: Node) -> Server:
    """
    Read one server.

    Raises
    ------
    BadFacet
        If something is missing or unknown, with its place.
    """
    found = mapping(node, dict.fromkeys(KEYS))
    if "url" not in found:
        raise node.refuse("connectors.mlflow needs url: where the server answers")
    url = text(found["url"])
    scheme, slashes, rest = url.partition("://")
    if scheme not in {"http", "https"} or not slashes or "@" in rest:
        what = f'expected an http or https address without a password, found "{url}"'
        raise found["url"].refuse(what)
    if ("password" in found) != ("user" in found):
        raise node.refuse("user and password belong together")
    gap = number(found["gap"]) if "gap" in found else GAP
    if gap <= 0:
        raise found["gap"].refuse("expected seconds above 0")
    secret = {
        key: read_reference(found[key]) for key in ("token", "password") if key in found
    }
    host = rest.partition("/")[0]
    instance = text(found["instance"]) if "instance" in found else host
    signed = items(found["webhook_secret"]) if "webhook_secret" in found else []
    webhook = tuple(read_reference(one) for one in signed)
    return Server(
        url=url,
        instance=instance,
        token=secret.get("token"),
        user=text(found["user"]) if "user" in found else None,
        password=secret.get("password"),
        webhook=webhook,
        gap=gap,
    )
