"""An incident's life as its owners live it, in a real browser, without a reload."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from page_worlds import CHURN, PageWorld, in_seconds
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from page_visitors import Visitor

pytestmark = pytest.mark.slow

LONG = 30_000
"""Milliseconds; shared machines are slow."""


def become(page: Page, person: str) -> None:
    """Say at the top of the page who acts, by keyboard alone."""
    page.get_by_label("You are").select_option(person)
    page.get_by_role("button", name="Switch").press("Enter")
    expect(page.get_by_label("You are")).to_have_value(person)


def headline(page: Page, text: str) -> None:
    """Wait until the page is headed so, by itself."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_from_fault_to_recovery(
    world: PageWorld,
    serve: Callable[[PageWorld], str],
    visit: Callable[..., Visitor],
) -> None:
    expect.set_options(timeout=LONG)
    world.look()
    visitor = visit(serve(world))
    visitor.page.set_default_timeout(LONG)

    a_feed_breaks(visitor.page, world)
    the_incident_says_what_and_whose(visitor.page)
    its_holder_takes_it_on(visitor.page)
    and_refuses_it(visitor.page)

    # A second window shows what happens in the first one, without a reload.
    other = visit(visitor.base)
    other.page.set_default_timeout(LONG)
    other.page.goto("/incidents/INC-1")
    other.page.evaluate("window.kept = true")
    the_cause_is_confirmed(visitor.page)
    confirmed = "owner of the confirmed cause"
    expect(other.page.locator(".lead")).to_contain_text(confirmed)

    its_owner_fixes_it(visitor.page, world)
    world.mend(CHURN)
    world.pass_days(6)
    world.look()
    state = other.page.locator(".kicker .state")
    expect(state).to_contain_text(re.compile("resolved|mitigated"))
    assert other.page.evaluate("window.kept") is True
    visitor.page.goto("/")
    headline(visitor.page, "None of 1 model hurts.")

    for one in (visitor, other):
        assert one.errors == []
        assert one.foreign == []


def a_feed_breaks(page: Page, world: PageWorld) -> None:
    """The open page of all models says so by itself."""
    page.goto("/")
    headline(page, "None of 1 model hurts.")
    world.break_feed(CHURN, in_seconds, "Meter talk time in seconds", "uma")
    world.pass_days(5)
    world.look()
    headline(page, "1 of 1 model hurts.")
    expect(page.locator("#favicon")).to_have_attribute("href", re.compile("bad.svg"))


def the_incident_says_what_and_whose(page: Page) -> None:
    page.get_by_role("link", name="INC-1").press("Enter")
    headline(page, "churn has been wrong more often")
    expect(page.locator(".lead")).to_contain_text("usage sends minutes")
    expect(page.locator(".lead")).to_contain_text("With bo (billing)")
    expect(page.locator(".what")).to_have_text("Meter talk time in seconds")
    expect(page).to_have_title(re.compile("^▲ INC-1"))


def its_holder_takes_it_on(page: Page) -> None:
    become(page, "bo")
    page.get_by_role("button", name="Ack").press("Enter")
    expect(page.locator(".kicker .state")).to_contain_text("acknowledged")
    expect(page.get_by_role("button", name="Ack")).to_have_count(0)


def and_refuses_it(page: Page) -> None:
    page.locator("#act-not-mine > summary").press("Enter")
    page.get_by_label("Why not yours").fill("our meter counts minutes")
    page.get_by_label("Why not yours").press("Enter")
    expect(page.locator(".lead")).to_contain_text("With ana (crm)")
    expect(page.locator("#events")).to_contain_text("our meter counts minutes")


def the_cause_is_confirmed(page: Page) -> None:
    """By the model's owner: it is the feed's after all."""
    become(page, "ana")
    panel = page.locator("#act-confirm-cause")
    panel.locator("summary").press("Enter")
    panel.get_by_role("button", name="Confirm cause").press("Enter")
    expect(page.locator(".lead")).to_contain_text("With bo (billing)")


def its_owner_fixes_it(page: Page, world: PageWorld) -> None:
    """By the command that was declared for the feed."""
    become(page, "bo")
    page.get_by_role("link", name="Fix", exact=True).press("Enter")
    page.get_by_role("button", name="Apply").press("Enter")
    expect(page.get_by_role("heading", name="What was done")).to_be_visible()
    assert (world.folder / "mended").exists()
