from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.catalog.files import load
from modelowners.connectors.mlflow import receiver
from modelowners.connectors.mlflow.servers import Server
from modelowners.connectors.mlflow.webhook import (
    MAX_BODY,
    Verdict,
    Webhook,
    accept,
    sign,
)
from modelowners.connectors.transport import Outside
from modelowners.core.secrets import MissingSecret, Secrets
from modelowners.core.time import EPOCH, VirtualClock, parse_instant
from modelowners.incidents.ports import Reading, Receiver

NOW = parse_instant("2026-06-01T12:00Z")
STAMP = str((NOW - EPOCH) // timedelta(seconds=1))
BODY = b'{"entity": "model_version_alias"}'
OLD, NEW = "the-old-secret", "the-new-secret"


def post(
    body: bytes = BODY, *, secret: str = NEW, stamp: str = STAMP, delivery: str = "d-1"
) -> dict[str, str]:
    return {
        "X-MLflow-Delivery-Id": delivery,
        "X-MLflow-Timestamp": stamp,
        "X-MLflow-Signature": sign(secret, delivery, stamp, body),
    }


def judge(headers: dict[str, str], body: bytes = BODY, *secrets: str) -> Verdict:
    return accept(headers, body, secrets=secrets or (NEW,), now=NOW)


def test_a_post_of_mlflow_is_accepted_whatever_the_case_of_its_headers() -> None:
    assert judge(post()) == Verdict(200, delivery="d-1")
    assert judge({name.upper(): value for name, value in post().items()}).ok
    assert judge({name.lower(): value for name, value in post().items()}).ok


def test_two_secrets_are_active_while_one_takes_over_from_the_other() -> None:
    assert judge(post(secret=OLD), BODY, NEW, OLD).ok
    assert judge(post(secret=NEW), BODY, NEW, OLD).ok
    assert judge(post(secret=OLD)).status == 401


@pytest.mark.parametrize("missing", list(post()))
def test_an_unsigned_post_is_refused(missing: str) -> None:
    headers = post()
    del headers[missing]
    assert judge(headers).status == 401


def test_without_a_secret_nothing_is_accepted() -> None:
    assert accept(post(), BODY, secrets=(), now=NOW).status == 401
    headers = post(secret="")
    assert accept(headers, BODY, secrets=("",), now=NOW).status == 401


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 200), (300, 200), (-300, 200), (301, 401), (-301, 401)]
)
def test_the_window(seconds: int, status: int) -> None:
    headers = post(stamp=str(int(STAMP) + seconds))
    assert judge(headers).status == status


@pytest.mark.parametrize("stamp", ["", "abc", "-1", "1.5", "9" * 30, "١٢٣"])
def test_a_time_that_is_none_is_refused_though_signed(stamp: str) -> None:
    assert judge(post(stamp=stamp)).status == 401


@pytest.mark.parametrize("delivery", ["x" * 201, "a\nb", "é"])
def test_an_id_that_is_none_is_refused(delivery: str) -> None:
    assert judge(post(delivery=delivery)).status == 400


def test_a_body_too_long_is_refused_unread() -> None:
    assert judge(post(), b"x" * (MAX_BODY + 1)).status == 413


@given(st.integers(0, len(BODY) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_refused(place: int, bit: int) -> None:
    altered = bytearray(BODY)
    altered[place] ^= 1 << bit
    assert judge(post(), bytes(altered)).status == 401


@given(st.text(max_size=60))
def test_no_other_signature_is_accepted(claimed: str) -> None:
    headers = post() | {"X-MLflow-Signature": claimed}
    assert judge(headers).status == 401


class Kept:
    """A spool in memory."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []

    def keep(self, source: str, body: bytes, *, refused: str | None = None) -> str:
        assert refused is None
        self.bodies.append((source, body))
        return str(len(self.bodies))


def receiving(spool: Kept, *references: str) -> Webhook:
    server = Server(url="https://ml.test", instance="prod", webhook=references)
    outside = Outside(
        secrets=Secrets({"OLD": OLD, "NEW": NEW}), clock=VirtualClock(NOW)
    )
    return Webhook([server], outside, spool)


def test_a_signed_post_is_kept_before_it_is_answered_and_never_state() -> None:
    spool = Kept()
    webhook: Receiver = receiving(spool, "${NEW}", "${OLD}")
    for secret in (NEW, OLD):
        reply = webhook.accept(post(secret=secret), BODY)
        assert (reply.status, reply.body["delivery"]) == (200, "d-1")
    assert spool.bodies == [("mlflow", BODY)] * 2
    assert webhook.read(BODY, receipt="1", at=NOW) == Reading()


def test_a_forged_post_is_not_kept() -> None:
    spool = Kept()
    reply = receiving(spool, "${NEW}").accept(post(secret=OLD), BODY)
    assert (reply.status, reply.body) == (401, {"error": "the signature is not ours"})
    assert spool.bodies == []


def test_a_secret_that_is_not_there_is_an_error_and_no_acceptance() -> None:
    with pytest.raises(MissingSecret):
        receiving(Kept(), "${ABSENT}").accept(post(), BODY)


def test_the_ownership_file_says_whether_posts_are_taken(tmp_path: Path) -> None:
    place = tmp_path / "modelowners.yaml"
    text = """\
version: 1
people: {ana: {email: ana@acme.example}}
owns: {model:churn: {owner: ana}}
connectors:
  mlflow: {url: "https://ml.test"%s}
"""
    place.write_text(text % "")
    assert receiver(load(place), Outside(), Kept()) is None
    place.write_text(text % ', webhook_secret: ["${NEW}", "${OLD}"]')
    assert receiver(load(place), Outside(), Kept()) is not None
