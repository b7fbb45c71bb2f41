"""Proposals: a first ownership file, from a repository's logs and history."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from modelowners.app.logfiles import LogGroup, LogLook, look
from modelowners.app.mapping import MAX_FEATURES
from modelowners.app.settings import FILE_NAME
from modelowners.catalog import suggest
from modelowners.catalog.escalation import ROLES
from modelowners.catalog.ports import AuthorshipSource
from modelowners.catalog.suggestions import Candidate, Suggestion
from modelowners.core.errors import InputError, StateError
from modelowners.core.ids import AssetId, asset_id

MAX_MODELS = 10
WIDTH = 88

_BARE = re.compile(r"[A-Za-z_./][A-Za-z0-9_./@+*-]*")
_TYPED = {"true", "false", "null"}
_GENERIC = re.compile(
    r"(data|logs?|outputs?|predictions?|scores?|scored|inference|results?|files?"
    r"|parquet|csv|raw|part.*|[\d-]+|.{1,2})?"
)
_ADDRESS = re.compile(r"[^\s@\"\\]+@[^\s@\"\\]+")
_NOREPLY = re.compile(r"(?:\d+\+)?([\w-]+)@users\.noreply\.github\.com")


class FileExists(InputError):
    """
    There is already a file {place}; nothing was written.

    Type `modelowners lint` to check it, or `modelowners init --dry-run` to see
    what would be proposed.
    """


class NoCommits(InputError):
    """
    The repository around {place} has no commit that tells who could be an owner.

    Commit what there is (`git commit`), then type `modelowners init` again.
    """


class NoLog(InputError):
    """
    No prediction log below {place}: {why}.

    A log is a Parquet or CSV file with a time column and a score or prediction
    column. Put one there, then type `modelowners init` again.
    """


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    The text of an ownership file, and what to tell about it.

    Parameters
    ----------
    text : str
        The file.
    notes : tuple of str
        What was found, and what could not be told.
    next_command : str
        What to type next.
    """

    text: str
    notes: tuple[str, ...]
    next_command: str


def propose(
    file: Path, *, engine: LogLook, authorship: AuthorshipSource, at: datetime
) -> Proposal:
    """
    Propose an ownership file for a folder.

    Parameters
    ----------
    file : Path
        Where it would stand; logs are searched below its folder.
    engine : LogLook
        Reads the columns of logs.
    authorship : AuthorshipSource
        The folder's history.
    at : datetime
        UTC.

    Returns
    -------
    Proposal
        A file that can be read; each guess is marked as a suggestion.

    Raises
    ------
    NoCommits
        If the history names nobody.
    NoLog
        If no file looks like a prediction log.
    """
    root = file.parent
    everything = authorship.touches()
    if not suggest(everything, at=at).candidates:
        raise NoCommits(place=root.resolve())
    groups = look(root, engine)
    logs = [group for group in groups if group.guess.lacks is None]
    if not logs:
        raise NoLog(place=root.resolve(), why=_why_none(groups))
    models = _models(logs[:MAX_MODELS], root)
    entries: list[str] = []
    people: dict[str, Candidate] = {}
    for model, log in models.items():
        code = _code(model, root)
        touches = (authorship.touches([code]) if code else ()) or everything
        suggestion = suggest(touches, at=at)
        names = [_person(one, people) for one in suggestion.candidates]
        labels = _labels(log, groups)
        entries += _entry(model, log, code, _ownership(suggestion, names), labels)
    text = "\n".join([*_head(), *_people(people), "", "owns:", *entries, ""])
    notes = [_found(model, log) for model, log in models.items()]
    if len(logs) > MAX_MODELS:
        notes.append(f"{len(logs) - MAX_MODELS} more logs were left out")
    return Proposal(text, tuple(notes), _next(file, next(iter(models))))


def require_free(file: Path) -> None:
    """
    Refuse to propose where a file already is.

    Raises
    ------
    FileExists
        If there is one.
    """
    if file.exists() or file.is_symlink():
        raise FileExists(place=file)


def write(proposal: Proposal, file: Path) -> None:
    """
    Write a proposal, never over a file.

    Raises
    ------
    FileExists
        If there is one.
    StateError
        If the folder cannot be written.
    """
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(proposal.text)
    except FileExistsError:
        raise FileExists(place=file) from None
    except OSError as error:
        raise StateError(
            place=file,
            why=error.strerror or str(error),
            remedy="Make the folder writable, or name another file with --file",
        ) from None


def _why_none(groups: Sequence[LogGroup]) -> str:
    if not groups:
        return "there is no Parquet or CSV file that can be read"
    shown = [f"{group.source} ({group.guess.lacks})" for group in groups[:5]]
    more = f" and {len(groups) - 5} more" if len(groups) > len(shown) else ""
    return "; ".join(shown) + more


def _models(logs: Sequence[LogGroup], root: Path) -> dict[AssetId, LogGroup]:
    """Name a model after each log's folder, else after the repository."""
    found: dict[AssetId, LogGroup] = {}
    for log in logs:
        parts = [log.name, *reversed(log.source.split("/")[:-1])]
        words = [_slug(part.partition(".")[0]) for part in parts]
        own = _slug(root.resolve().name) or "model"
        name = next((word for word in words if not _GENERIC.fullmatch(word)), own)
        model, number = asset_id(f"model:{name}"), 1
        while model in found:
            number += 1
            model = asset_id(f"model:{name}-{number}")
        found[model] = log
    return found


def _code(model: AssetId, root: Path) -> str | None:
    """Give the folder called like the model, if there is one near the top."""
    name = model.partition(":")[2]
    for pattern in ("*/", "*/*/"):
        for folder in sorted(root.glob(pattern)):
            inside = folder.relative_to(root)
            hidden = any(part.startswith(".") for part in inside.parts)
            if _slug(folder.name) == name and not hidden and any(folder.glob("*.py")):
                return inside.as_posix()
    return None


def _person(candidate: Candidate, people: dict[str, Candidate]) -> str:
    """Give a candidate a name under ``people``, the same for the same person."""
    author = candidate.author
    for name, known in people.items():
        if known.author.key == author.key:
            return name
    first = _slug(author.name).split("-")[0]
    local = _slug(author.email.partition("@")[0])
    options = (first, _slug(author.name), local, "owner")
    taken = {*people, *ROLES, "none", ""}
    free = [one for one in options if one not in taken and one not in _TYPED]
    number = 1
    name = free[0] if free else first
    while name in taken or name in _TYPED:
        number += 1
        name = f"{first or 'owner'}-{number}"
    people[name] = candidate
    return name


def _ownership(suggestion: Suggestion, names: Sequence[str]) -> list[str]:
    """Give the lines that name owner and deputy, with how sure they are."""
    agreed = suggestion.agreed
    first = suggestion.candidates.index(agreed) if agreed else 0
    others = [k for k in range(len(names)) if k != first]
    evidence = _evidence(suggestion.candidates[first])
    if agreed:
        sure = f"suggestion: all signals agree; {evidence}"
    else:
        rivals = [f"{names[k]} ({_evidence(suggestion.candidates[k])})" for k in others]
        also = f"; else {', '.join(rivals)}" if rivals else ""
        sure = f"suggestion, unsure: signals disagree; {evidence}{also}"
    lines = [f"owner: {_flow(names[first])}  # {sure}"]
    if others:
        deputy = f"deputy: {_flow(names[others[0]])}"
        evidence = _evidence(suggestion.candidates[others[0]])
        lines.append(f"{deputy}  # suggestion: next in the history; {evidence}")
    return lines


def _evidence(candidate: Candidate) -> str:
    commits = _count(candidate.commits, "commit")
    return f"{commits}, last {candidate.last:%Y-%m-%d}"


def _labels(log: LogGroup, groups: Sequence[LogGroup]) -> str | None:
    """Give where the truth is: in the same row, else in a file with the same id."""
    if log.guess.actual:
        return f"{{inline: true, actual: {_flow(log.guess.actual)}, delay: 0d}}"
    key = log.guess.columns.get("prediction_id")
    for other in groups:
        same = key and other.guess.columns.get("prediction_id") == key
        if same and other is not log and other.guess.actual:
            return (
                f"{{source: {_flow(other.source)}, key: {_flow(str(key))}, "
                f"actual: {_flow(other.guess.actual)}, delay: 0d}}"
            )
    return None


def _head() -> list[str]:
    return [
        "# Proposed by `modelowners init`. What is marked as a suggestion was guessed",
        "# from names of columns and from this repository's history: correct it, then",
        "# let the owner confirm the entry with `verified:`.",
        "version: 1",
        "",
    ]


def _people(people: dict[str, Candidate]) -> Iterator[str]:
    yield "people:"
    for name, candidate in people.items():
        author = candidate.author
        fields = []
        if _ADDRESS.fullmatch(author.email) and author.email.isprintable():
            fields.append(f"email: {_flow(author.email)}")
        if noreply := _NOREPLY.fullmatch(author.email):
            fields.append(f"github: {_flow(noreply[1])}")
        evidence = f"suggestion: {_comment(author.name)}, {_evidence(candidate)}"
        yield f"  {_flow(name)}: {{{', '.join(fields)}}}  # {evidence}"


def _entry(
    model: AssetId,
    log: LogGroup,
    code: str | None,
    ownership: Sequence[str],
    labels: str | None,
) -> Iterator[str]:
    """Write one model's entry."""
    yield f"  {_flow(model)}:"
    yield from (f"    {line}" for line in ownership)
    yield "    # verified: {on: DATE, by: OWNER}  # the owner adds this after reading"
    yield "    tier: 2  # 1: wake somebody up; 3: it can wait"
    if code:
        yield f"    code: [{_flow(code)}]  # suggestion: a folder of the same name"
    yield "    predictions:"
    yield f"      source: {_flow(log.source)}"
    yield "      columns:  # suggestion: from their names and types"
    for role, column in log.guess.columns.items():
        yield f"        {role}: {_flow(column)}"
    for role, columns in log.guess.unsure.items():
        names = ", ".join(_comment(column) for column in columns)
        yield f"        # {role}: could be any of {names}"
    if labels:
        yield f"      labels: {labels}  # suggestion; delay: until they are complete"
    else:
        yield "      # labels: {source: PATH, key: COLUMN, actual: COLUMN, delay: 7d}"
    if log.guess.segments:
        yield from _list("      segments:", log.guess.segments)
    if 0 < len(log.guess.features) <= MAX_FEATURES:
        yield from _list("      features:", log.guess.features)
    else:
        yield "      # features: every column without another role"
    yield from _upstream(log.guess.features)


def _upstream(features: Sequence[str]) -> Iterator[str]:
    """Write the example that makes a cause found upstream reach its owner."""
    some = ", ".join(_comment(_flow(name)) for name in features[:2]) or "COLUMN"
    yield "      # Whose data fills which columns; name each dataset under owns: too."
    yield "      # upstream:"
    yield f"      #   dataset:NAME: [{some}]"


def _list(key: str, names: Sequence[str]) -> Iterator[str]:
    """Write a list in lines of bearable length."""
    line = f"{key} ["
    indent = " " * len(line)
    for position, name in enumerate(names):
        word = _flow(name) + ("," if position < len(names) - 1 else "]")
        if len(line) + len(word) > WIDTH and line.strip():
            yield line.rstrip()
            line = indent
        line += f"{word} "
    yield line.rstrip()


def _flow(text: str) -> str:
    """Write text so that it stays text, in quotes where it must be."""
    if (_BARE.fullmatch(text) and text not in _TYPED) or _is_plain_id(text):
        return text
    return json.dumps(text, ensure_ascii=False)


def _is_plain_id(text: str) -> bool:
    kind, colon, name = text.partition(":")
    return bool(colon and kind.isalpha() and re.fullmatch(r"[A-Za-z0-9_/.-]+", name))


def _comment(text: str) -> str:
    """Make foreign text safe inside a comment."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())


def _slug(text: str) -> str:
    """Write a name in lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")


def _found(model: AssetId, log: LogGroup) -> str:
    guess = log.guess
    label = "" if guess.actual else ", no label column"
    return (
        f"{model}: {log.source} ({_count(log.files, 'file')}), "
        f"{_count(len(guess.features), 'feature')}, "
        f"{_count(len(guess.segments), 'segment')}{label}"
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _next(file: Path, model: AssetId) -> str:
    option = "" if str(file) == FILE_NAME else f"-f {shlex.quote(str(file))} "
    return f"modelowners {option}profile {shlex.quote(model)}"
