"""
Take the pictures of the pages: `make pictures`.

The incident and the model are those of `modelowners demo`; the fleet is a small
made-up one. Needs a Chromium on the path.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from page_servers import INSTALL, find_chromium, launch, serving  # noqa: E402 - path
from page_worlds import Model, PageWorld, emptied, in_seconds  # noqa: E402 - the same
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402 - the same

from modelowners.app.demo import build_world, take_tour  # noqa: E402 - the same
from modelowners.app.handling import Request, perform  # noqa: E402 - the same
from modelowners.app.settings import Settings, cache_folder  # noqa: E402 - the same
from modelowners.core.time import VirtualClock, parse_instant  # noqa: E402 - the same
from modelowners.incidents.incident import Act  # noqa: E402 - the same
from modelowners.server.site import Site  # noqa: E402 - the same

PLACE = ROOT / "docs" / "_static" / "pages"
WIDE, PHONE = (1280, 860), (360, 780)
QUALITY = 82
MAX_BYTES = 150 * 1024
MONDAY = parse_instant("2013-11-11T07:30Z")

FLEET = (
    Model(name="churn", owner="crm", feed="usage", feed_owner="billing", tier=1),
    Model(name="fraud-score", owner="payments", feed="devices", feed_owner="devices",
          tier=1, seed=2, difficulty=1.4),
    Model(name="credit-limit", owner="payments", feed="bureau", feed_owner="billing",
          seed=3),
    Model(name="delivery-eta", owner="logistics", feed="tours", feed_owner="logistics",
          seed=4, difficulty=0.8),
    Model(name="lead-score", owner="crm", feed="crm-events", feed_owner="crm", tier=3,
          seed=5),
    Model(name="next-offer", owner="crm", feed="baskets", feed_owner="billing", seed=6,
          difficulty=1.2),
    Model(name="refund-abuse", owner="payments", feed="refunds", feed_owner="payments",
          seed=7),
    Model(name="stock-demand", owner="logistics", feed="warehouse",
          feed_owner="logistics", tier=1, seed=8),
    Model(name="ticket-triage", owner="operations", feed="tickets",
          feed_owner="operations", tier=3, seed=9, difficulty=0.7),
    Model(name="image-tags", owner="devices", feed="cameras", feed_owner="devices",
          tier=3, observed=False),
)  # fmt: skip


def main() -> None:
    """Take every picture."""
    program = find_chromium()
    if program is None:
        sys.exit(INSTALL)
    PLACE.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as started,
        serving(fleet(Path(folder) / "fleet")) as many,
        serving(demo(Path(folder) / "demo")) as one,
    ):
        browser = launch(started, program)
        for theme in ("light", "dark"):
            take(browser, many, "/", f"fleet-{theme}", theme, WIDE)
            take(browser, one, "/incidents/INC-1", f"incident-{theme}", theme, WIDE)
            take(browser, one, "/models/late-arrival", f"model-{theme}", theme, WIDE)
            take(browser, many, "/", f"fleet-phone-{theme}", theme, PHONE)
            path, name = "/incidents/INC-1", f"incident-phone-{theme}"
            take(browser, one, path, name, theme, PHONE)
            path, name = "/models/late-arrival", f"model-phone-{theme}"
            take(browser, one, path, name, theme, PHONE)
        browser.close()


def fleet(folder: Path) -> Site:
    """Give ten models: two are fed badly, one of them is taken on, one has no log."""
    world = PageWorld(folder, FLEET, user="ana")
    world.pass_days(46)
    world.break_feed(FLEET[1], emptied, "Drop the device age from the feed", "dee")
    world.pass_days(3)
    world.break_feed(FLEET[0], in_seconds, "Meter talk time in seconds", "uma")
    world.pass_days(3)
    world.look()
    perform(world.site.root, Request(incident="INC-2", actor="dee"), Act.ACK, {})
    return world.site


def demo(folder: Path) -> Site:
    """Give the demo's world on the Monday it is told of, as ines sees it."""
    world = build_world(folder, cache=cache_folder(), say=quietly)
    take_tour(world, tell=quietly)
    clock = VirtualClock(MONDAY)
    settings = Settings(file=world.file, state=folder / ".modelowners", user="ines")
    site = Site(settings, clock=clock)
    site.turns.take()
    return site


def quietly(told: object) -> None:
    """Say nothing."""
    del told


def take(  # noqa: PLR0913, PLR0917 - what a picture is of
    browser: Browser,
    base: str,
    path: str,
    name: str,
    theme: str,
    size: tuple[int, int],
) -> None:
    """Take one picture, the first screen of a page."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        device_scale_factor=2 if size == PHONE else 1.5,
    )
    page = context.new_page()
    page.goto(base + path)
    page.wait_for_timeout(300)
    picture = capture(page)
    context.close()
    if len(picture) > MAX_BYTES:
        sys.exit(f"{name} weighs {len(picture):,} bytes; at most {MAX_BYTES:,} may be.")
    (PLACE / f"{name}.webp").write_bytes(picture)
    print(f"{name}.webp {len(picture):,} bytes")  # noqa: T201 - that is what it does


def capture(page: Page) -> bytes:
    """Give the screen as WebP, which the browser itself can write."""
    wanted = {"format": "webp", "quality": QUALITY}
    session = page.context.new_cdp_session(page)
    return base64.b64decode(session.send("Page.captureScreenshot", wanted)["data"])


if __name__ == "__main__":
    main()
