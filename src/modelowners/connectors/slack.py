"""The Slack sink: one message an incident by a bot, or one a state by a webhook."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from modelowners.catalog.files import Catalog
from modelowners.connectors.posting import Postman
from modelowners.connectors.transport import BadAnswer, Outside
from modelowners.core.facets import Node, mapping, text
from modelowners.core.secrets import read_reference
from modelowners.incidents.notices import Message, NoticeKind, single_line
from modelowners.incidents.ports import Hope, NotSent, Receipt

API = "https://slack.com/api"
KEYS = ("token", "webhooks", "url")

MAX_BLOCKS = 50
MAX_HEADER = 150
MAX_SECTION = 3000
MAX_TEXT = 10_000
"""Characters of all sections: Slack refuses more than about 13,000 in all blocks."""

PASSING = frozenset(
    {"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"}
)
"""Errors of Slack that pass by themselves."""

UNSURE = frozenset({"fatal_error", "internal_error", "request_timeout"})
"""Errors after which, by its documentation, the message may still be there."""

GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""The message that should be updated cannot be: a new one says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """
    How Slack is reached.

    Parameters
    ----------
    token : str or None
        Reference to the bot's token, with the scope ``chat:write``.
    webhooks : mapping of str to str
        References to the addresses of incoming webhooks, which are secrets, by
        the name used in ``notify``.
    url : str
        Of the Web API.
    """

    token: str | None = None
    webhooks: Mapping[str, str] = field(default_factory=dict)
    url: str = API


@dataclass(frozen=True, slots=True)
class Posted:
    """
    A message in Slack: its channel, its time stamp, and the state it shows.

    Examples
    --------
    >>> Posted.read("C024:1700000000.000100:open")
    Posted(channel='C024', ts='1700000000.000100', state='open')
    """

    channel: str
    ts: str
    state: str

    @classmethod
    def read(cls, ref: str | None) -> Posted | None:
        """Read what `__str__` wrote; None of anything else."""
        parts = (ref or "").split(":")
        return cls(*parts) if len(parts) == len(cls.__slots__) else None

    def __str__(self) -> str:
        return f"{self.channel}:{self.ts}:{self.state}"


class Slack:
    """
    Posts to channels.

    As a bot it keeps one message per incident and channel, updated as the
    state changes; each page is an answer below it that the channel sees too,
    and a note is one that only its followers see. An incoming webhook cannot
    update: it posts a new message each time.

    Slack does not deduplicate. When no answer came, nobody knows whether the
    message is there: it is sent again, marked "may be a repeat". Repeating an
    update shows nothing twice.

    Parameters
    ----------
    workspace : Workspace
        How Slack is reached.
    outside : Outside
        The way out, and the secrets it takes.
    """

    follows = True
    """It hears of every change of state."""

    def __init__(self, workspace: Workspace, outside: Outside) -> None:
        self._workspace = workspace
        self._postman = Postman(outside)

    def send(self, message: Message) -> Receipt:
        """
        Post a message, or update the one that is there.

        Raises
        ------
        NotSent
            If Slack did not take it, or nobody knows.
        """
        target, space = message.address.target, self._workspace
        if target in space.webhooks:
            hook = space.webhooks[target]
            self._postman.post(message.address, hook, compose(message))
            return Receipt()
        if not target or space.token is None:
            known = ", ".join(sorted(space.webhooks)) or "none"
            why = f"no bot token, and no webhook of that name; there are: {known}"
            raise NotSent(message.address, why, hope=Hope.NONE)
        root = Posted.read(message.earlier)
        return self._updated(message, root) or self._posted(message, root)

    def _updated(self, message: Message, root: Posted | None) -> Receipt | None:
        """
        Show the new state on the message that is there.

        Raises
        ------
        NotSent
            If Slack did not take it, or nobody knows.
        """
        notice = message.notice
        if root is None or notice.kind is NoticeKind.PAGE:
            return None
        if root.state == notice.state.value:
            return None
        place = {"channel": root.channel, "ts": root.ts}
        said = self._call("chat.update", {**place, **compose(message)}, message)
        if said.get("error") in GONE:
            return self._posted(message, None)
        _demand(said, message)
        return Receipt(ref=str(replace(root, state=notice.state.value)))

    def _posted(self, message: Message, root: Posted | None) -> Receipt:
        """
        Post a new message: the incident's first, or an answer below it.

        Raises
        ------
        NotSent
            If Slack did not take it, or nobody knows.
        """
        place: dict[str, object] = {"channel": message.address.target}
        if root is not None:
            # A page is shown in the channel too; a note only below.
            aloud = message.notice.kind is NoticeKind.PAGE
            place = {"channel": root.channel, "thread_ts": root.ts}
            place |= {"reply_broadcast": True} if aloud else {}
        quiet = {"unfurl_links": False, "unfurl_media": False}
        whole = {**place, **compose(message), **quiet}
        said = self._call("chat.postMessage", whole, message)
        _demand(said, message)
        if root is not None:
            return Receipt(ref=str(root))
        state = message.notice.state.value
        return Receipt(ref=str(Posted(str(said["channel"]), str(said["ts"]), state)))

    def _call(
        self, method: str, body: Mapping[str, object], message: Message
    ) -> Mapping[str, object]:
        """
        Call a method of the Web API; its answer says by ``ok`` how it went.

        Raises
        ------
        NotSent
            If there is no answer of that form.
        """
        response = self._postman.post(
            message.address,
            f"{self._workspace.url}/{method}",
            body,
            headers={"Authorization": f"Bearer {self._workspace.token}"},
        )
        try:
            said = response.json()
        except BadAnswer as error:
            raise NotSent(message.address, error.why, hope=Hope.UNSURE) from None
        return said if isinstance(said, Mapping) else {}


def _demand(said: Mapping[str, object], message: Message) -> None:
    """
    Complain unless the answer says that it worked.

    Raises
    ------
    NotSent
        With Slack's own name for what went wrong.
    """
    if said.get("ok") is True:
        return
    error = str(said.get("error", "an answer without ok"))
    hope = Hope.NONE
    if error in PASSING:
        hope = Hope.RETRY
    elif error in UNSURE or "error" not in said:
        hope = Hope.UNSURE
    raise NotSent(message.address, single_line(error, limit=200), hope=hope)


def compose(message: Message) -> dict[str, object]:
    """
    Write a message as Slack's blocks, with a plain text for notifications.

    Parameters
    ----------
    message : Message
        What to say.

    Returns
    -------
    dict
        ``text`` and ``blocks``, within Slack's limits. Foreign text stands in
        plain text only, escaped: it can neither format nor mention anybody.

    References
    ----------
    https://docs.slack.dev/reference/block-kit/blocks: limits of each block.
    """
    notice = message.notice
    kind = "Page" if notice.kind is NoticeKind.PAGE else "Note"
    title = escape(message.title)
    head = title if len(title) <= MAX_HEADER else _cut(message.title, MAX_HEADER)
    lines = notice.lines if head == title else (message.title, *notice.lines)
    foot = (f"{kind} for {notice.to}", notice.model, f"{notice.state}", notice.incident)
    blocks = [
        {"type": "header", "text": _plain(head)},
        *({"type": "section", "text": _plain(piece)} for piece in _pieces(lines)),
        {
            "type": "context",
            "elements": [_plain(_cut(part, MAX_SECTION)) for part in foot],
        },
    ]
    return {
        "text": _cut(f"{message.title} ({kind.lower()} for {notice.to})", MAX_SECTION),
        "blocks": blocks,
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
    }


def escape(text: str) -> str:
    """
    Escape the three signs that Slack reads, so that it shows them.

    Examples
    --------
    >>> escape("<!channel> R&D")
    '&lt;!channel&gt; R&amp;D'
    """
    return html.escape(text, quote=False)


def _plain(escaped: str) -> dict[str, object]:
    return {"type": "plain_text", "text": escaped, "emoji": False}


def _cut(text: str, limit: int) -> str:
    """Escape a text and cut it to a length, never within an escape."""
    if len(escape(text)) <= limit:
        return escape(text)
    kept, room = [], limit - 1
    for sign in map(escape, text):
        if len(sign) > room:
            break
        kept.append(sign)
        room -= len(sign)
    return "".join(kept) + "…"


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    """Escape lines and join them into texts that each fit into one section."""
    piece, left = "", MAX_TEXT
    for shown in (part for line in lines for part in _parts(line)):
        if len(shown) + 1 > left:
            yield f"{piece}\n…" if piece else "…"
            return
        left -= len(shown) + 1
        if piece and len(piece) + 1 + len(shown) > MAX_SECTION - len("\n…"):
            yield piece
            piece = ""
        piece = f"{piece}\n{shown}" if piece else shown
    if piece:
        yield piece


def _parts(line: str) -> Iterator[str]:
    """Escape a line; break it where it would not fit into one section."""
    part = ""
    for sign in map(escape, line.strip()):
        if len(part) + len(sign) > MAX_SECTION - len("\n…"):
            yield part
            part = ""
        part += sign
    if part:
        yield part


def read_workspace(node: Node) -> Workspace:
    """
    Read ``connectors.slack`` of the ownership file.

    Parameters
    ----------
    node : Node
        With ``token``, ``webhooks`` (addresses by name) or both; each a
        reference. ``url`` is for a Web API elsewhere.

    Returns
    -------
    Workspace
        How Slack is reached.

    Raises
    ------
    BadFacet
        If neither is there, or a secret stands in the file.
    """
    found = mapping(node, dict.fromkeys(KEYS))
    token = read_reference(found["token"]) if "token" in found else None
    hooks = mapping(found["webhooks"]) if "webhooks" in found else {}
    webhooks = {name: read_reference(child) for name, child in hooks.items()}
    if token is None and not webhooks:
        raise node.refuse("connectors.slack needs token, webhooks, or both")
    url = text(found["url"]).rstrip("/") if "url" in found else API
    return Workspace(token=token, webhooks=webhooks, url=url)


def check_section(node: Node) -> None:
    """Refuse ``connectors.slack`` where it cannot be used; `lint` asks."""
    read_workspace(node)


def notifier(catalog: Catalog, outside: Outside) -> Slack | None:
    """Give the sink, or None where the ownership file names no workspace."""
    section = catalog.sections.get("connectors")
    node = mapping(section).get("slack") if section is not None else None
    return Slack(read_workspace(node), outside) if node is not None else None
