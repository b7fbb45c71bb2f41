"""Starting: where it listens, what it gives as it is, and the command."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.settings import NoFile
from modelowners.cli.main import cli
from modelowners.server import main as module
from modelowners.server.main import STATIC, Bind, NotLoopback, listener
from modelowners.server.site import Site

if TYPE_CHECKING:
    from page_desks import PageDesk


@pytest.mark.parametrize("name", STATIC)
def test_every_file_is_there_with_its_type(desk: PageDesk, name: str) -> None:
    answer = desk.client.get(f"/static/{name}")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(STATIC[name])
    assert answer.body


def test_sheet_and_script_are_small_and_our_own(desk: PageDesk) -> None:
    sheet, script = (
        desk.client.get(f"/static/{n}").text for n in ("style.css", "live.js")
    )
    assert len(gzip.compress((sheet + script).encode())) < 12 * 1024
    assert script.count("\n") < 150
    for text in (sheet, script):
        assert "http" not in text
        assert "eval(" not in text
        assert "innerHTML =" not in text
    assert "@import" not in sheet


def test_both_themes_set_every_colour() -> None:
    sheet = module._static("style.css").decode()
    roots = re.findall(r":root \{(.*?)\}", sheet, flags=re.DOTALL)
    light, dark, _, more_light, more_dark = [
        set(re.findall(r"(--[a-z0-9-]+):", root)) for root in roots
    ]
    assert light == dark
    assert more_light == more_dark
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", sheet))
    assert used == light | more_light


@given(st.integers(1, 65535))
def test_our_hosts_carry_our_port(port: int) -> None:
    bind = Bind.parse(f"127.0.0.1:{port}")
    assert f"localhost:{port}" in bind.hosts
    assert ("localhost" in bind.hosts) == (port == 80)
    assert str(bind) == f"http://127.0.0.1:{port}/"


@given(st.ip_addresses())
def test_only_this_machine_is_listened_on(address: object) -> None:
    text = f"[{address}]:1" if ":" in str(address) else f"{address}:1"
    if address.is_loopback:  # type: ignore[attr-defined]  # an address of ipaddress
        assert Bind.parse(text).port == 1
    else:
        with pytest.raises(NotLoopback):
            Bind.parse(text)


def test_the_command_starts_at_a_past_instant(
    desk: PageDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[Site, Bind]] = []
    monkeypatch.setattr(module, "run", lambda site, bind: started.append((site, bind)))
    done = CliRunner().invoke(
        cli,
        [
            *("--file", str(desk.folder / "modelowners.yaml")),
            *("--state", str(desk.folder / "other")),
            *("serve", "--bind", "127.0.0.1:9", "--interval", "5m"),
            *("--as-of", "2013-11-11"),
        ],
    )
    assert done.exit_code == 0, done.output
    ((site, bind),) = started
    assert bind.port == 9
    assert site.clock.now().year == 2013
    assert "Pages at http://127.0.0.1:9/" in done.stderr


def test_ctrl_c_ends_it_well(desk: PageDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(site: Site, bind: Bind) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "run", interrupt)
    file = str(desk.folder / "modelowners.yaml")
    done = CliRunner().invoke(cli, ["--file", file, "serve"])
    assert done.exit_code == 0
    assert "Stopped; what was seen and told is kept." in done.stderr


def test_without_a_file_it_does_not_start(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["--file", str(tmp_path / "none.yaml"), "serve"])
    assert isinstance(done.exception, NoFile)


def test_what_listens_tells_nothing_of_itself(desk: PageDesk) -> None:
    config = listener(desk.site, Bind("127.0.0.1", 8321)).config
    assert config.server_header is False
    assert config.proxy_headers is False


def test_a_signal_ends_streams_at_once(desk: PageDesk) -> None:
    server = listener(desk.site, Bind("127.0.0.1", 8321))
    server.handle_exit(15, None)
    assert desk.site.stopping.is_set()
    assert server.should_exit
