"""2,000 recorded requests get the answers that were recorded: nothing changes unseen, whatever is rebuilt inside."""

from __future__ import annotations

from difflib import unified_diff

import pytest

from tests.support.recorded_corpus import COUNT
from tests.support.recorded_requests import play, read_answers, read_requests, written

MOST_SHOWN = 5
pytestmark = pytest.mark.sqlite


def test_every_recorded_request_is_answered_as_before() -> None:
    recorded, answers = read_requests(), read_answers()
    assert len(recorded) == COUNT
    different = []
    for line, (request, answer) in zip(recorded, play(), strict=True):
        name = line.partition(" ")[0]
        if name != written(answer):
            lines = unified_diff(answers[name].splitlines(), answer.splitlines(), "recorded", "now", lineterm="", n=1)
            different.append("\n".join([request.summary, *lines]))
    assert not different, f"{len(different)} answers differ, such as:\n" + "\n\n".join(different[:MOST_SHOWN])


def test_the_recording_holds_every_kind_of_answer() -> None:
    statuses = {answer[:3] for answer in read_answers().values()}
    assert statuses >= {"200", "201", "204", "302", "303", "400", "401", "403", "404", "405", "409", "413", "415"}
    assert statuses >= {"422", "429", "503"}
    assert "500" not in statuses
