"""Each page in a real browser: accessible, narrow, light, and useful without script."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from page_visitors import Visitor
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

PAGES = (
    "/",
    "/incidents",
    "/incidents/INC-1",
    "/incidents/INC-1/fix",
    "/models/churn",
    "/changes",
    "/owners",
    "/nowhere",
)
THEMES = ("light", "dark")
MAX_BYTES = 100 * 1024

Visit = Callable[..., Visitor]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_serious_stands_in_anybodys_way(
    sick: str, visit: Visit, path: str, theme: str
) -> None:
    visitor = visit(sick, color_scheme=theme)
    visitor.page.goto(path)
    for summary in visitor.page.locator("details:not(.act) > summary").all():
        summary.evaluate("one => one.parentElement.open = true")
    found = Axe().run(visitor.page).response["violations"]
    serious = [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    assert [error for error in visitor.errors if "404" not in error] == []
    assert visitor.foreign == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen(
    sick: str, visit: Visit, path: str, width: int
) -> None:
    page = visit(sick, viewport={"width": width, "height": 780}).page
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for act in page.locator("details.act > summary").all():
        act.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light(sick: str, visit: Visit, path: str) -> None:
    page = visit(sick).page
    sizes: list[int] = []
    page.on("response", lambda r: sizes.append(len(gzip.compress(r.body()))))
    page.goto(path)
    page.wait_for_timeout(200)
    assert 0 < sum(sizes) <= MAX_BYTES


def test_without_script_all_is_there_and_can_be_done(sick: str, visit: Visit) -> None:
    page = visit(sick, java_script_enabled=False).page
    page.goto("/incidents/INC-1")
    page.get_by_label("You are").select_option("bo")
    page.get_by_role("button", name="Switch").click()
    expect(page.get_by_label("You are")).to_have_value("bo")
    page.locator("#act-more > summary").click()
    page.locator("#sub-note > summary").click()
    page.locator("#note-text").fill("looked at without script")
    page.get_by_role("button", name="Note").click()
    expect(page.locator("#events")).to_contain_text("looked at without script")
    expect(page.locator("#zone")).to_be_hidden()


def test_what_may_not_be_done_is_said(sick: str, visit: Visit) -> None:
    page = visit(sick).page
    page.goto("/incidents/INC-1")
    page.get_by_label("You are").select_option("liv")
    page.get_by_role("button", name="Switch").click()
    page.locator("#act-not-mine > summary").click()
    panel = page.locator("#act-not-mine")
    expect(panel).to_contain_text("Not as liv: only its holder may")
    expect(panel.get_by_role("button")).to_be_disabled()


def test_a_stale_page_is_refused_and_shown_anew(sick: str, visit: Visit) -> None:
    page = visit(sick, java_script_enabled=False).page
    page.goto("/incidents/INC-1")
    page.get_by_label("You are").select_option("bo")
    page.get_by_role("button", name="Switch").click()
    other = visit(sick).page
    other.goto("/")
    other.evaluate(
        """() => fetch('/api/incidents/INC-1/note', {method: 'POST',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify({text: 'faster', as: 'bo'})}).then(r => r.json())"""
    )
    page.locator("#act-more > summary").click()
    page.locator("#sub-note > summary").click()
    page.locator("#note-text").fill("slower")
    page.get_by_role("button", name="Note").click()
    expect(page.get_by_role("alert")).to_contain_text("someone was faster")
    expect(page.locator("#events")).to_contain_text("faster")


def test_typed_text_and_open_panels_outlive_an_update(sick: str, visit: Visit) -> None:
    page = visit(sick).page
    page.goto("/incidents/INC-1")
    page.get_by_label("You are").select_option("bo")
    page.get_by_role("button", name="Switch").click()
    page.locator("#act-not-mine > summary").click()
    field = page.locator("#not-mine-text")
    field.fill("half a sen")
    before = page.locator("#act-not-mine input[name=n]").input_value()
    page.evaluate(
        """() => fetch('/api/incidents/INC-1/note', {method: 'POST',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify({text: 'meanwhile'})})"""
    )
    expect(page.locator("#events")).to_contain_text("meanwhile", timeout=20_000)
    expect(page.locator("#act-not-mine input[name=n]")).not_to_have_value(before)
    expect(field).to_have_value("half a sen")
    expect(field).to_be_focused()


def test_times_can_be_read_in_ones_own_zone(sick: str, visit: Visit) -> None:
    page = visit(sick, timezone_id="Asia/Tokyo").page
    page.goto("/incidents/INC-1")
    first = page.locator("#events time").first
    assert first.inner_text().endswith("UTC")
    page.get_by_role("button", name="Show local time").press("Enter")
    assert first.inner_text().endswith("15:00")
    page.get_by_role("button", name="Show UTC").press("Enter")
    assert first.inner_text().endswith("06:00 UTC")
