"""MLflow as it is: a real server, moved under our eyes and behind our back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow_worlds import ABSENT, MLflowServer, Training, is_installed, mlflow_server

from modelowners.cli.main import main
from modelowners.connectors import testing
from modelowners.connectors.mlflow import MLflowChanges
from modelowners.connectors.mlflow.client import Client, RegistryError
from modelowners.connectors.mlflow.servers import Server
from modelowners.connectors.testing import MakeLedger, MakeSource
from modelowners.connectors.transport import Outside, Transport
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import SystemClock, TimeWindow
from modelowners.ledger import capture
from modelowners.ledger.changes import Change, ChangeKind
from modelowners.ledger.registrations import Registration
from modelowners.ledger.repository import Ledger
from modelowners.ledger.watermarks import Captured
from modelowners.store.database import Database

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_installed(), reason=ABSENT),
]

CHURN = asset_id("model:churn")
Law = Callable[[MakeSource, MakeLedger], None]
LAWS: list[Law] = [
    testing.replay_adds_nothing,
    testing.batching_makes_no_difference,
    testing.order_makes_no_difference,
    testing.crash_neither_loses_nor_doubles,
    testing.times_come_from_the_source,
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MLflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as running:
        running.train(
            "churn",
            Training(),
            Training(
                strength=0.1,
                rows=2250,
                pinned=("scikit-learn==1.7.1", "numpy==2.1.0"),
                commit="b" * 40,
            ),
            Training(
                strength=0.1,
                rows=2250,
                columns=("tenure", "monthly", "tickets", "city"),
                pinned=("scikit-learn==1.7.1", "numpy==2.1.0"),
                commit="b" * 40,
            ),
        )
        yield running


class Watch:
    """A ledger that looks at a server, each time as a new process would."""

    def __init__(self, server: MLflowServer, *names: str) -> None:
        self.server = server
        self.ledger = Ledger(Database.open(":memory:"))
        self.declared: dict[AssetId, Registration] = {
            asset_id(f"model:{name}"): Registration(registry="mlflow", name=name)
            for name in names
        }
        self.requests = 0

    def source(self, batch_size: int = 20) -> MLflowChanges:
        client = self.client()
        return MLflowChanges(
            client,
            declared=self.declared,
            people={"ana": "ana"},
            clock=SystemClock(),
            batch_size=batch_size,
        )

    def client(self) -> Client:
        outside = Outside(Transport(["127.0.0.0/8"]))
        return Client(Server(url=self.server.url, instance="prod"), outside)

    def look(self) -> Captured:
        return capture(self.source(), ledger=self.ledger, clock=SystemClock())

    def deploys(self) -> list[Change]:
        return [c for c in self.ledger.changes() if c.kind is ChangeKind.DEPLOY]


def test_what_made_each_version_is_read(server: MLflowServer) -> None:
    watch = Watch(server, "churn")
    watch.look()
    told = [(c.version, c.kind.value, c.what) for c in watch.ledger.changes()]
    assert sorted(told) == [
        ("1", "note", f"version 1 registered, commit {'a' * 12}"),
        ("2", "code", f"version 2 registered, commit {'a' * 12} -> {'b' * 12}"),
        ("2", "dependency", "scikit-learn 1.7.0 -> 1.7.1"),
        ("2", "hyperparameter", "C 1.0 -> 0.1"),
        ("2", "training_data", "train: 1500 -> 2250 rows"),
        ("3", "note", f"version 3 registered, commit {'b' * 12}"),
        ("3", "schema", "signature: inputs.city (none) -> double"),
        ("3", "training_data", "train: columns city (none) -> double"),
    ]
    assert {c.who.person for c in watch.ledger.changes()} == {"ana"}
    assert all(c.occurred_at is not None for c in watch.ledger.changes())


def test_an_alias_moved_twice_while_nobody_looked(server: MLflowServer) -> None:
    server.alias("churn", "champion", "1")
    watch = Watch(server, "churn")
    watch.look()
    stopped = SystemClock().now()
    server.alias("churn", "champion", "2")
    server.alias("churn", "champion", "3")
    assert watch.look().added == 1
    (move,) = watch.deploys()
    assert (move.what, move.version) == ("champion: version 1 -> 3", "3")
    assert (move.who.person, move.who.raw, move.occurred_at) == (None, None, None)
    assert move.observed_between is not None
    assert move.observed_between.start <= stopped <= move.observed_between.end
    assert move.after["signature"] == {"inputs.city": "double"}
    server.alias("churn", "champion", "1")
    server.alias("churn", "champion", "3")
    assert watch.look().added == 0


def test_deleting_a_version_that_an_alias_names(server: MLflowServer) -> None:
    server.create("doomed")
    number = server.version("doomed")
    server.alias("doomed", "champion", number)
    watch = Watch(server, "doomed")
    watch.look()
    server.delete("model-versions/delete", {"name": "doomed", "version": number})
    watch.look()
    (gone,) = watch.deploys()
    assert gone.what == "champion is gone: version 1, which it named, was deleted"
    server.delete("registered-models/delete", {"name": "doomed"})
    watch.look()
    whats = [change.what for change in watch.ledger.changes()]
    assert "doomed is gone from the registry" in whats


def test_a_quiet_look_at_a_hundred_models(server: MLflowServer) -> None:
    names = [f"quiet-{n:03}" for n in range(100)]
    for name in names:
        server.create(name)
    watch = Watch(server, *names, "churn")
    watch.look()
    used = []
    for _ in range(3):
        source = watch.source()
        before = time.process_time()
        assert capture(source, ledger=watch.ledger, clock=SystemClock()).added == 0
        used.append(time.process_time() - before)
        assert source._client.requests == 1
    print(f"a quiet look at 101 models: {min(used) * 1000:.1f} ms CPU")
    assert min(used) <= 0.05


def test_pitfalls_of_aliases(server: MLflowServer) -> None:
    server.create("pits")
    for _ in range(2):
        server.version("pits")
    watch = Watch(server, "pits")
    client = watch.client()
    assert client.alias("pits", "champion") is None
    assert client.alias("no-such-model", "champion") is None
    assert client.model("no-such-model") is None
    client.set_alias("pits", "champion", "1")
    client.set_alias("pits", "Champion", "2")
    assert (client.alias("pits", "champion"), client.alias("pits", "Champion")) == (
        "1",
        "2",
    )
    told = watch.look().notes
    assert "aliases of pits differ only in case: Champion, champion" in told
    for reserved in ("latest", "v1"):
        with pytest.raises(RegistryError, match="reserved"):
            client.set_alias("pits", reserved, "1")
    with pytest.raises(RegistryError, match="not found"):
        client.set_alias("pits", "champion", "99")
    assert client.alias("pits", "champion") == "1"


def test_a_server_that_is_down_leaves_what_is_known(
    server: MLflowServer, tmp_path: Path
) -> None:
    from modelowners.app.intake import take_in  # noqa: PLC0415 - one test of the app

    watch = Watch(server, "churn")
    watch.look()
    held = len(watch.ledger.changes())
    dead = Watch(MLflowServer("http://127.0.0.1:9", tmp_path), "churn")
    sources = [dead.source(), watch.source()]
    found = take_in(sources, ledger=watch.ledger, clock=SystemClock())
    (unread,) = found.unread
    assert unread.since is not None
    assert "cannot be reached" in unread.why
    assert len(watch.ledger.changes()) == held
    assert [one.connector for one in found.captured] == ["mlflow"]


@pytest.mark.parametrize("law", LAWS)
def test_laws(law: Law, server: MLflowServer) -> None:
    watch = Watch(server, "churn")
    client = watch.client()

    def make(batch_size: int) -> MLflowChanges:
        return MLflowChanges(client, declared=watch.declared, batch_size=batch_size)

    law(make, lambda: Ledger(Database.open(":memory:")))


def test_windows_of_observed_changes_follow_each_other(server: MLflowServer) -> None:
    watch = Watch(server, "churn")
    server.alias("churn", "challenger", "1")
    watch.look()
    for version in ("2", "3", "1"):
        server.alias("churn", "challenger", version)
        watch.look()
    windows = [c.observed_between for c in watch.deploys()]
    assert len(windows) == 3
    starts = [w.start for w in windows if isinstance(w, TimeWindow)]
    assert starts == sorted(starts)


CATALOG = """\
version: 1
people: {{ana: {{email: ana@acme.example}}}}
owns:
  model:told:
    owner: ana
    registry: "mlflow:told@champion"
connectors:
  mlflow: {{url: "{url}", instance: prod}}
"""


def test_sync_and_changes_tell_it_all_on_the_command_line(
    server: MLflowServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.train("told", Training(), Training(strength=0.1))
    server.alias("told", "champion", "1")
    (tmp_path / "modelowners.yaml").write_text(CATALOG.format(url=server.url))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    code, _, err = run("sync", "mlflow")
    assert code == 2
    assert "never read" in err
    assert "MODELOWNERS_ALLOW_PRIVATE" in err
    monkeypatch.setenv("MODELOWNERS_ALLOW_PRIVATE", "127.0.0.0/8")
    assert run("sync", "mlflow")[1].startswith("mlflow (prod): 3 new, 0 seen before")
    server.alias("told", "champion", "2")
    assert run("sync")[1].startswith("mlflow (prod): 1 new, 0 seen before")
    code, out, err = run("changes", "model:told")
    first, *rest = out.splitlines()
    assert "  deploy " in first
    told = "champion: version 1 -> 2  by unknown  [parameters.C 1.0 -> 0.1]"
    assert told in first
    assert len(rest) == 3
    assert "mlflow (prod): last read" in err
    found = json.loads(run("changes", "model:told", "--json")[1])
    move = found["changes"][0]
    assert (move["occurred_at"], move["who"]["person"]) == (None, None)
    assert len(move["observed_between"]) == 2
    assert {"path": "/parameters/C", "before": "1.0", "after": "0.1"} in move["diff"]
