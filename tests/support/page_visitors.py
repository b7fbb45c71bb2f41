"""Visitors: a browser's page, and everything it should not have done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page


@dataclass
class Visitor:
    """
    A page that listens for errors and for requests to anybody else.

    `errors` holds what the console and the script complained of, `foreign` the
    addresses that are not the server's.
    """

    page: Page
    base: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, context: BrowserContext, base: str) -> Visitor:
        """Open a page in a context."""
        visitor = cls(context.new_page(), base)
        visitor.page.on("console", visitor.hear)
        visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        visitor.page.on("request", lambda request: visitor.note(request.url))
        return visitor

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def note(self, url: str) -> None:
        if not url.startswith(self.base):
            self.foreign.append(url)
