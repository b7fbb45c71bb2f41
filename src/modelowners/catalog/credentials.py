"""Credentials: text in the file that looks like a secret and must not stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelowners.core.facets import Node

_SHAPES = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a Slack token": r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}",
    "a Slack webhook": r"hooks\.slack\.com/(?:services|workflows|triggers)/\w+/\w+",
    "a GitHub token": r"\b(?:gh[oprsu]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{30,})",
    "a GitLab token": r"\bglpat-[0-9A-Za-z_-]{20,}",
    "a token of ours": r"\bmo_[0-9A-Za-z_-]{32,}",
    "an API key": r"\bsk-[0-9A-Za-z_-]{20,}|\bAIza[0-9A-Za-z_-]{35}",
    "a PagerDuty key": r"^pagerduty:(?:[0-9a-f]{32}|[0-9A-Za-z+_-]{20,32})$",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a JSON web token": r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}",
    "a password in an address": r"://[^/\s:@${}]+:[^/\s@${}]{2,}@",
}
_SHAPE = {kind: re.compile(pattern) for kind, pattern in _SHAPES.items()}

_TELLING_KEY = re.compile(
    r"(?:^|[_-])(?:password|passwd|secret|token|api_?key|access_?key|routing_?key)$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}|file:.+")


def literal_secrets(node: Node, *, key: str = "") -> Iterator[tuple[Node, str]]:
    """
    Yield values that look like secrets, with what they look like.

    Parameters
    ----------
    node : Node
        A value of the file; all below it is searched.
    key : str
        The key it stands under; a value under ``token`` or ``password`` counts
        as a secret unless it refers to one (``${ENV}``, ``file:PATH``).

    Examples
    --------
    >>> list(literal_secrets(Node("${PD_RISK}", "f", 1, 1), key="token"))
    []
    >>> [what for _, what in literal_secrets(Node("hunter2", "f", 1, 1), key="token")]
    ['the literal value of "token"']
    """
    if isinstance(node.value, dict):
        for name, child in node.value.items():
            yield from literal_secrets(child, key=name)
    elif isinstance(node.value, list):
        for child in node.value:
            yield from literal_secrets(child, key=key)
    elif isinstance(node.value, str) and (kind := _kind(node.value, key)):
        yield node, kind


def _kind(value: str, key: str) -> str | None:
    for kind, shape in _SHAPE.items():
        if shape.search(value):
            return kind
    if value and _TELLING_KEY.search(key) and not _REFERENCE.fullmatch(value):
        return f'the literal value of "{key}"'
    return None
