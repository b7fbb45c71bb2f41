"""The `fix` facet: what it may say, and how it is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from modelowners.catalog.documents import read_document
from modelowners.catalog.problems import Problem
from modelowners.core.errors import BadFacet
from modelowners.core.facets import Facet
from modelowners.core.ids import asset_id
from modelowners.remediation.actions import TIMEOUT
from modelowners.remediation.declaration import Alias, Declaration, read_fix

CHURN = asset_id("model:risk/churn")


def read(text: str) -> Declaration:
    problems: list[Problem] = []
    node = read_document(text.encode(), file="modelowners.yaml", problems=problems)
    assert node is not None, problems
    return read_fix(CHURN, Facet("fix", node), Path())


def test_everything_that_can_be_declared() -> None:
    found = read(
        """\
alias: {registry: mlflow/prod, model: churn, name: champion}
reload: {command: [./reload.sh, "a b", "; rm -rf x", $(id)], timeout: 60s}
retrain: {command: [make, retrain], secrets: [TRAIN_TOKEN, OTHER]}
quarantine: {command: [./q], secrets: {TOKEN: "${LONG_TOKEN}", KEY: "file:key"}}
on_alias_change: reload
"""
    )
    assert found.alias == Alias("mlflow/prod", "churn", "champion")
    assert found.names == ("alias", "reload", "retrain", "quarantine")
    assert found.hook == "reload"
    reload = found.commands["reload"]
    assert reload.argv == ("./reload.sh", "a b", "; rm -rf x", "$(id)")
    assert reload.timeout == timedelta(seconds=60)
    assert dict(reload.secrets) == {}
    retrain = found.commands["retrain"]
    assert retrain.timeout == TIMEOUT
    assert retrain.secrets == {"TRAIN_TOKEN": "${TRAIN_TOKEN}", "OTHER": "${OTHER}"}
    assert found.commands["quarantine"].secrets == {
        "TOKEN": "${LONG_TOKEN}",
        "KEY": "file:key",
    }


def test_an_alias_alone_is_of_the_registered_model_of_that_name() -> None:
    assert read("alias: champion").alias == Alias("mlflow", "risk/churn", "champion")


def test_a_rollback_is_another_word_for_its_alias() -> None:
    assert read("rollback: {alias: champion}") == read("alias: champion")


def test_notes_pass_untouched() -> None:
    assert read("alias: champion\nx-note: ours").names == ("alias",)


REFUSED = [
    ("{}", "1:1", "expected alias, or one of"),
    ("alais: champion", "1:1", 'did you mean "alias"'),
    ("alias: {model: churn}", "1:8", "an alias needs its name"),
    ('alias: ""', "1:8", "expected a printable name"),
    ("alias: {name: [a]}", "1:15", "expected text"),
    ("reload: ./reload.sh", "1:9", "expected {command: [program, argument]}"),
    ("reload: {timeout: 60s}", "1:9", "expected command"),
    ("reload: {command: ./reload.sh churn}", "1:19", "no shell reads it"),
    ("reload: {command: []}", "1:19", "no shell reads it"),
    ('reload: {command: [""]}', "1:19", "expected a program"),
    ("reload: {command: [x], timeout: 90}", "1:33", "such as 15m"),
    ("reload: {command: [x], timeout: 0s}", "1:33", "from 1s to 1d"),
    ("reload: {command: [x], timeout: 2d}", "1:33", "from 1s to 1d"),
    ("reload: {command: [x], shell: true}", "1:24", 'unknown key "shell"'),
    ('reload: {command: [x], secrets: ["a b"]}', "1:34", "environment variable"),
    ("reload: {command: [x], secrets: {TOKEN: hunter2}}", "1:41", "${NAME}"),
    ("rollback: {to: previous}", "1:12", 'unknown key "to"'),
    ("rollback: {}", "1:11", "expected an alias"),
    ("alias: a\nrollback: {alias: b}", "2:11", "write one of the two"),
    ("on_alias_change: reload", "1:1", "expected alias, or one of"),
    ("alias: champion\non_alias_change: reload", "2:18", "declared beside it"),
    (
        "reload: {command: [x]}\non_alias_change: reload",
        "2:18",
        "needs an alias beside it",
    ),
]


@pytest.mark.parametrize(("text", "place", "said"), REFUSED)
def test_a_refusal_names_place_and_remedy(text: str, place: str, said: str) -> None:
    with pytest.raises(BadFacet) as caught:
        read(text)
    assert f"modelowners.yaml:{place}" in str(caught.value)
    assert said in str(caught.value)


def test_a_secret_written_out_is_not_repeated() -> None:
    with pytest.raises(BadFacet) as caught:
        read("reload: {command: [x], secrets: {TOKEN: hunter2}}")
    assert "hunter2" not in str(caught.value)
