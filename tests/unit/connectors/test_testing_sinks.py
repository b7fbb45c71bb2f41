"""The kit catches what it is for: each law has a sink that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from modelowners.connectors import testing
from modelowners.connectors.testing import Nonconforming, SinkOnTrial, check_notifier
from modelowners.incidents.notices import Message
from modelowners.incidents.ports import Receipt


@dataclass
class Good:
    """Keeps what it is given, as text."""

    kept: list[str] = field(default_factory=list)

    def send(self, message: Message) -> Receipt:
        self.kept.append("\n".join((message.title, *message.notice.lines)))
        return Receipt()


class Doubles(Good):
    """Shows each message twice."""

    def send(self, message: Message) -> Receipt:
        super().send(message)
        return super().send(message)


class Loses(Good):
    """Accepts, and shows nothing."""

    def send(self, message: Message) -> Receipt:
        return Receipt()


class TitleOnly(Good):
    """Drops the lines."""

    def send(self, message: Message) -> Receipt:
        return super().send(replace(message, notice=replace(message.notice, lines=())))


class NewestFirst(Good):
    """Shows the last message above the others."""

    def send(self, message: Message) -> Receipt:
        receipt = super().send(message)
        self.kept.insert(0, self.kept.pop())
        return receipt


class Unmarked(Good):
    """Says nothing of a repeat."""

    def send(self, message: Message) -> Receipt:
        return super().send(replace(message, repeat=False))


class Undoes(Good):
    """Turns escapes back into what they stand for."""

    def send(self, message: Message) -> Receipt:
        receipt = super().send(message)
        shown = self.kept[-1].encode("latin-1", "backslashreplace")
        self.kept[-1] = shown.decode("unicode_escape", "replace")
        return receipt


class Breaks(Good):
    """Starts a line wherever the text says so."""

    def send(self, message: Message) -> Receipt:
        receipt = super().send(message)
        self.kept[-1] = self.kept[-1].replace("\\r\\n", "\r\n")
        return receipt


class Drops(Good):
    """Leaves out what is no ASCII."""

    def send(self, message: Message) -> Receipt:
        receipt = super().send(message)
        self.kept[-1] = self.kept[-1].encode("ascii", "ignore").decode()
        return receipt


def trial(kind: type[Good], *, deduplicates: bool = False) -> SinkOnTrial:
    sink = kind()
    return SinkOnTrial(sink, "mine:ops", lambda: sink.kept, deduplicates)


def test_a_good_sink_keeps_every_law() -> None:
    check_notifier(lambda: trial(Good))


@pytest.mark.parametrize(
    ("kind", "law", "why"),
    [
        (Doubles, testing.a_message_arrives_once_and_whole, "2 arrived"),
        (Loses, testing.a_message_arrives_once_and_whole, "0 arrived"),
        (TitleOnly, testing.a_message_arrives_once_and_whole, "did not arrive"),
        (NewestFirst, testing.messages_arrive_in_order, "in their order"),
        (Unmarked, testing.a_repeat_is_marked, "not marked"),
        (Doubles, testing.foreign_text_stays_text, "2 arrived"),
        (Undoes, testing.foreign_text_stays_text, "control characters arrived"),
        (Breaks, testing.foreign_text_stays_text, "became a line"),
        (Drops, testing.foreign_text_stays_text, "does not read as it was sent"),
    ],
)
def test_a_law_that_is_broken_is_named(
    kind: type[Good], law: Callable[[SinkOnTrial], None], why: str
) -> None:
    with pytest.raises(Nonconforming, match=why):
        law(trial(kind))
    with pytest.raises(Nonconforming):
        check_notifier(lambda: trial(kind))


def test_where_repeats_are_dropped_none_need_be_marked() -> None:
    testing.a_repeat_is_marked(trial(Unmarked, deduplicates=True))
