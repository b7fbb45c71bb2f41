"""The file sink, beyond the laws every sink keeps."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from incident_worlds import read_catalog
from sink_worlds import message

from modelowners.connectors import file
from modelowners.connectors.file import JsonLines
from modelowners.connectors.transport import Outside
from modelowners.incidents.ports import Hope, NotSent


def test_a_line_is_one_json_object_with_everything(tmp_path: Path) -> None:
    JsonLines(tmp_path).send(message("file:a.jsonl"))
    found = json.loads((tmp_path / "a.jsonl").read_text())
    assert found["id"] == "INC-7.5.0badcafe"
    assert found["incident"] == "INC-7"
    assert found["kind"] == "page"
    assert found["person"] == "cy"
    assert found["at"] == "2026-06-10T12:00:00Z"


def test_a_torn_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    place = tmp_path / "a.jsonl"
    place.write_bytes(b'{"torn":')
    JsonLines(tmp_path).send(message("file:a.jsonl"))
    torn, whole = place.read_text().splitlines()
    assert torn == '{"torn":'
    assert json.loads(whole)["incident"] == "INC-7"


def test_many_writers_never_mix_their_lines(tmp_path: Path) -> None:
    sink = JsonLines(tmp_path)
    long = message("file:a.jsonl", text="x" * 900)

    def write() -> None:
        for _ in range(20):
            sink.send(long)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert len(lines) == 80
    assert all(json.loads(line)["id"] for line in lines)


@pytest.mark.parametrize(
    "target", ["../outside.jsonl", "/etc/x.jsonl", "", "sub/../../x", "link/x.jsonl"]
)
def test_a_target_outside_the_folder_is_refused(tmp_path: Path, target: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(tmp_path)
    with pytest.raises(NotSent, match="below") as caught:
        JsonLines(inside).send(message(f"file:{target}"))
    assert caught.value.hope is Hope.NONE


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(NotSent) as caught:
        JsonLines(tmp_path).send(message("file:sub"))
    assert caught.value.hope is Hope.NONE


def test_a_missing_folder_may_come_back(tmp_path: Path) -> None:
    with pytest.raises(NotSent, match="No such file") as caught:
        JsonLines(tmp_path).send(message("file:gone/a.jsonl"))
    assert caught.value.hope is Hope.RETRY


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotSent, match="no plain file"):
        JsonLines(tmp_path).send(message("file:pipe"))


def test_files_lie_beside_the_ownership_file(tmp_path: Path) -> None:
    file.notifier(read_catalog(tmp_path), Outside()).send(message("file:a.jsonl"))
    assert (tmp_path / "a.jsonl").exists()
