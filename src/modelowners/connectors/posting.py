"""
Posting: one message over HTTP, and what each way it can end means for it.

Shared by the sinks that speak HTTP: which answer is worth another try is the
same for all of them; what an answer says beyond its status is each one's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modelowners.connectors.transport import Outside, Response, TransportError
from modelowners.core.errors import InputError
from modelowners.core.secrets import MASK, MIN_MASKED, MissingSecret
from modelowners.incidents.notices import Address, single_line
from modelowners.incidents.ports import Hope, NotSent

PASSING = frozenset({408, 425, 429})
"""Statuses below 500 that pass by themselves."""

SERVER_ERROR = 500
GATEWAY_TIMEOUT = 504
MAX_SAID = 200
"""Characters of an answer that an error repeats."""


@dataclass(frozen=True, slots=True)
class Postman:
    """
    Posts messages, and turns whatever goes wrong into `NotSent`.

    Parameters
    ----------
    outside : Outside
        The way out, and the secrets it takes.
    """

    outside: Outside

    def post(
        self,
        to: Address,
        url: str,
        body: object,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """
        Post a body; return only if the answer's status is 200 to 299.

        Parameters
        ----------
        to : Address
            Whom the message is for, for the error.
        url : str
            Where to; references to secrets in it are resolved now.
        body : object
            Bytes as they are, anything else as JSON.
        headers : mapping of str to str, optional
            References to secrets in their values are resolved now.

        Raises
        ------
        NotSent
            If it did not arrive, was refused, or nobody knows.
        """
        place = self.resolved(to, url)
        # Of an address that is a secret no part may come back in an error.
        hidden = _parts(place) if place != url else ()
        fields = {k: self.resolved(to, v) for k, v in (headers or {}).items()}
        try:
            response = self.outside.transport.request(
                "POST", place, headers=fields, body=body
            )
        except TransportError as error:
            why = self.shown(str(error), hidden=hidden)
            raise NotSent(to, why, hope=_hope(error)) from None
        if not response.ok:
            raise self.refused(to, response, hidden=hidden)
        return response

    def refused(
        self, to: Address, response: Response, *, hidden: Iterable[str] = ()
    ) -> NotSent:
        """Give the error for an answer that is no success, to be raised."""
        said = self.shown(response.text, hidden=hidden)
        why = f"status {response.status}" + (f": {said}" if said else "")
        status = response.status
        if status == GATEWAY_TIMEOUT:
            hope = Hope.UNSURE
        elif status >= SERVER_ERROR or status in PASSING:
            hope = Hope.RETRY
        else:
            hope = Hope.NONE
        return NotSent(to, why, hope=hope, after=response.retry_after)

    def resolved(self, to: Address, reference: str) -> str:
        """
        Resolve a secret, to be used at once.

        Raises
        ------
        NotSent
            If it is not there.
        """
        try:
            return self.outside.secrets.resolve(reference)
        except MissingSecret as error:
            raise NotSent(to, str(error), hope=Hope.NONE) from None

    def shown(self, said: str, *, hidden: Iterable[str] = ()) -> str:
        """Give what an outsider said, short, on one line, without our secrets."""
        masked = self.outside.secrets.mask(said.strip())
        for part in sorted(hidden, key=len, reverse=True):
            masked = masked.replace(part, MASK)
        return single_line(masked, limit=MAX_SAID)


def _parts(url: str) -> tuple[str, ...]:
    """Give what stands behind the host of an address, whole and in parts."""
    path = url.partition("://")[2].partition("/")[2]
    parts = (path, *re.split(r"[/?&=#]", path))
    return tuple(part for part in parts if len(part) >= MIN_MASKED)


def _hope(error: TransportError) -> Hope:
    if isinstance(error, InputError):
        # A wrong or forbidden address: no second try makes it right.
        return Hope.NONE
    return Hope.UNSURE if error.sent else Hope.RETRY
