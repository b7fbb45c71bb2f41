from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.settings import (
    BadSetting,
    NoFile,
    Settings,
    colour_refused,
    program_path,
    read_secrets,
)
from modelowners.core.errors import InputError, StateError
from modelowners.core.secrets import MissingSecret
from modelowners.core.time import parse_instant

maybe = st.none() | st.sampled_from(["", "a.yaml", "b/c.yaml"])


@given(maybe, maybe)
def test_a_flag_beats_the_environment_beats_the_default(
    flag: str | None, variable: str | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if variable is not None:
            patch.setenv("MODELOWNERS_FILE", variable)
        found = Settings.read(file=flag, state=None, user=None)
    assert found.file == Path(flag or variable or "modelowners.yaml")
    assert found.state == found.file.parent / ".modelowners"


def test_every_setting_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELOWNERS_FILE", "else/owners.yaml")
    monkeypatch.setenv("MODELOWNERS_STATE", "else/state")
    monkeypatch.setenv("MODELOWNERS_USER", "ann")
    found = Settings.read(file=None, state=None, user=None)
    assert found == Settings(Path("else/owners.yaml"), Path("else/state"), "ann")


def test_every_flag_beats_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FILE", "STATE", "USER"):
        monkeypatch.setenv(f"MODELOWNERS_{name}", "from-environment")
    found = Settings.read(file="f.yaml", state="s", user="bob")
    assert found == Settings(Path("f.yaml"), Path("s"), "bob")


URL = "postgresql://ann:secret@db.example/owners"


def test_an_address_names_a_server_and_leaves_the_folder_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flag = Settings.read(file="deep/f.yaml", state=URL, user=None)
    monkeypatch.setenv("MODELOWNERS_STATE", URL)
    for found in (flag, Settings.read(file="deep/f.yaml", state=None, user=None)):
        assert found.server == URL
        assert found.database() == found.database(make=False) == URL
        assert found.state == Path("deep/.modelowners")
        assert "secret" not in repr(found)
    assert Settings.read(file=None, state="folder", user=None).server is None


def test_a_folder_holds_a_file_and_is_made_only_where_it_is_needed(
    tmp_path: Path,
) -> None:
    settings = Settings(tmp_path / "f", tmp_path / "state")
    assert settings.database(make=False) == str(tmp_path / "state" / "state.db")
    assert not settings.state.exists()
    assert settings.database() == settings.database(make=False)
    assert settings.state.is_dir()


def test_reading_settings_touches_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Settings.read(file=None, state=None, user=None)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named_with_the_next_command(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "none.yaml", tmp_path)
    with pytest.raises(NoFile, match="modelowners init") as caught:
        settings.existing_file()
    assert str(tmp_path / "none.yaml") in str(caught.value)
    assert isinstance(caught.value, InputError)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(NoFile):
        Settings(tmp_path, tmp_path).existing_file()


def test_an_existing_file_is_given(tmp_path: Path) -> None:
    file = tmp_path / "modelowners.yaml"
    file.touch()
    assert Settings(file, tmp_path).existing_file() == file


def test_the_state_folder_is_private_and_ignored_by_git(tmp_path: Path) -> None:
    folder = Settings(tmp_path / "f", tmp_path / "deep" / "state").state_folder()
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_an_existing_state_folder_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n", encoding="utf-8")
    (tmp_path / "state.db").write_bytes(b"kept")
    Settings(tmp_path / "f", tmp_path).state_folder()
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "mine\n"
    assert (tmp_path / "state.db").read_bytes() == b"kept"


def test_a_file_where_the_state_should_be_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "state"
    place.write_text("mine", encoding="utf-8")
    with pytest.raises(StateError, match="--state") as caught:
        Settings(tmp_path / "f", place).state_folder()
    assert caught.value.place == place
    assert place.read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StateError, match="Make the folder writable"):
            Settings(tmp_path / "f", tmp_path / "state").state_folder()
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(("value", "refused"), [("1", True), ("0", True), ("", False)])
def test_no_color_refuses_colour_whatever_it_holds(
    monkeypatch: pytest.MonkeyPatch, value: str, refused: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    assert colour_refused() is refused


def test_colour_is_welcome_where_nobody_objects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR")
    assert not colour_refused()


def test_private_hosts_are_a_list_of_the_environment_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings.read(file=None, state=None, user=None).allow_private == ()
    monkeypatch.setenv("MODELOWNERS_ALLOW_PRIVATE", "127.0.0.1/8,ml.internal,,")
    found = Settings.read(file=None, state=None, user=None)
    assert found.allow_private == ("127.0.0.1/8", "ml.internal")


def test_secrets_come_from_the_environment_and_from_files_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", "canary-1")
    (tmp_path / "token").write_text("canary-2\n")
    secrets = read_secrets(tmp_path)
    assert secrets.resolve("${A_TOKEN}") == "canary-1"
    assert secrets.resolve("file:token") == "canary-2"
    with pytest.raises(MissingSecret, match="No such file"):
        secrets.resolve("file:absent")
    with pytest.raises(MissingSecret, match="not set"):
        secrets.resolve("${NO_SUCH_TOKEN}")


def test_a_rehearsal_names_its_present(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.read(file=None, state=None, user=None).now is None
    monkeypatch.setenv("MODELOWNERS_NOW", "2026-06-01T12:00Z")
    found = Settings.read(file=None, state=None, user=None)
    assert found.now == parse_instant("2026-06-01T12:00Z")
    monkeypatch.setenv("MODELOWNERS_NOW", "yesterday")
    with pytest.raises(BadSetting, match="MODELOWNERS_NOW"):
        Settings.read(file=None, state=None, user=None)


def test_programs_are_looked_for_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/opt/bin")
    assert program_path() == "/opt/bin"
    monkeypatch.delenv("PATH")
    assert program_path() == os.defpath
