"""PostgreSQL as a home, as far as it needs no server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from modelowners.core.errors import MissingExtra, StateError
from modelowners.store import postgresql
from modelowners.store.postgresql import PostgresDatabase, masked

URL = "postgresql://ann:secret@db.example:5432/owners"
letters = st.characters(codec="utf-8", exclude_characters="\0")
passwords = st.lists(
    letters | st.sampled_from("@:/?#%&=[] '"), min_size=4, max_size=12
).map("".join)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (URL, "postgresql://ann:***@db.example:5432/owners"),
        ("postgresql:///owners?host=/run/pg", "postgresql:///owners"),
        ("postgresql://db,other:5433/owners", "postgresql://db,other:5433/owners"),
        ("postgresql://ann@[::1]:5432/owners", "postgresql://ann@[::1]:5432/owners"),
        ("postgres://ann:@db/owners", "postgres://ann:***@db/owners"),
        (
            "postgresql://db/owners?password=secret&sslmode=require",
            "postgresql://db/owners",
        ),
        ("postgresql://ann:secret", "postgresql://***"),
        ("postgresql://ann:sec?ret@db/owners", "postgresql://ann:***@db/owners"),
    ],
)
def test_an_address_is_shown_without_secret_and_options(url: str, shown: str) -> None:
    assert masked(url) == shown


@given(passwords)
def test_no_password_is_shown_however_it_is_written(password: str) -> None:
    for url in (
        f"postgresql://ann:{password}@db/owners",
        f"postgresql://ann:{password}@:5432/owners?sslmode=require",
        f"postgresql://db/owners?password={password}",
    ):
        try:
            shown = PostgresDatabase(url).shown
        except StateError as error:
            shown = str(error.place)
        assert shown == masked(url)
        # What is part of every such address hides in it.
        always = "postgresql://ann:***@db/owners"
        assert password not in shown or password in always


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_way_to_write_the_scheme_names_our_driver(scheme: str) -> None:
    home = PostgresDatabase(URL.replace("postgresql", scheme))
    assert home._url.drivername == "postgresql+psycopg"
    assert (home._url.host, home._url.password) == ("db.example", "secret")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ann:secret@db/owners",
        "sqlite:///state.db",
        "https://db/owners",
        "postgresql+asyncpg://ann:secret@db/owners",
        "://",
    ],
)
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(StateError, match="folder or a postgresql:// address") as caught:
        PostgresDatabase(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://",
        "postgresql://db",
        "postgresql://db/",
        "postgresql://ann:sec@ret@db/owners",
        "postgresql://ann:secret@db:port/owners",
        "postgresql://ann:secret@[::1/owners",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(StateError, match="expected postgresql://USER@HOST") as caught:
        PostgresDatabase(url)
    assert "sec" not in str(caught.value)


def test_without_the_driver_the_install_line_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"modelowners\[postgres\]"):
        PostgresDatabase(URL).engine()


def test_options_in_the_address_beat_ours() -> None:
    slow = PostgresDatabase(URL + "?connect_timeout=3")
    for home, expected in ((slow, {"3"}), (PostgresDatabase(URL), {None})):
        engine = home.engine()
        _, given_options = engine.dialect.create_connect_args(engine.url)
        assert {given_options.get("connect_timeout")} == expected
        engine.dispose()


class Refused(Exception):
    """What a driver raises, with or without an SQLSTATE."""

    sqlstate: str | None = None


def explained(said: str, state: str | None = None) -> str:
    """Give why and remedy for an error of the driver's."""
    kind = type("OperationalError", (Refused,), {"sqlstate": state})
    told = PostgresDatabase(URL).explain(OperationalError("", {}, kind(said)))
    assert told is not None
    return f"{told.why}. {told.remedy}."


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("08006", "connection to the server was lost"),
        ("25006", "may only be read"),
        ("28P01", "refused the user or the password"),
        ("3D000", "no such database"),
        ("3F000", "CREATE SCHEMA"),
        ("42501", "lacks a right"),
        ("42P01", "schema is missing"),
        ("53100", "disk is full"),
        ("53300", "no connection left"),
        ("55P03", "another process has been writing"),
        ("57014", "statement_timeout"),
        ("57P01", "was lost"),
        ("XX001", "damaged"),
    ],
)
def test_each_state_is_explained(state: str, told: str) -> None:
    assert told in explained("whatever, in any language", state)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('FATAL: password authentication failed for user "ann"', "refused the user"),
        ("fe_sendauth: no password supplied", "refused the user"),
        ('FATAL: role "ann" does not exist', "refused the user"),
        ('FATAL: database "owners" does not exist', "no such database"),
        ("no pg_hba.conf entry for host", "lets nobody in from here"),
        ("FATAL: sorry, too many clients already", "no connection left"),
        ("the database system is starting up", "starting or stopping"),
        ("connection refused", "no server answers"),
        ("connection timeout expired", "no server answers"),
        ("failed to resolve host 'db.example'", "no server answers"),
        ("server closed the connection unexpectedly", "was lost"),
        ("the connection is closed", "was lost"),
    ],
)
def test_without_a_state_words_are_read(said: str, told: str) -> None:
    assert told in explained(said)


def test_what_nobody_foresaw_is_passed_on_without_the_password() -> None:
    told = explained('invalid option "secret"\nhint: secret')
    assert told.startswith('the connection failed: invalid option "***".')


@pytest.mark.parametrize("state", ["23505", "42601", "22021", "40P01"])
def test_a_fault_of_ours_is_not_explained_away(state: str) -> None:
    broken = type("UniqueViolation", (Refused,), {"sqlstate": state})("said")
    for kind in (IntegrityError, DatabaseError):
        assert PostgresDatabase(URL).explain(kind("", {}, broken)) is None


def test_an_error_without_state_that_is_no_connection_is_ours() -> None:
    broken = type("ProgrammingError", (Refused,), {})("the cursor was used twice")
    assert PostgresDatabase(URL).explain(DatabaseError("", {}, broken)) is None
