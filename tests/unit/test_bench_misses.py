"""A missed goal of the bench says what takes the time and what was tried before."""

from __future__ import annotations

import re

from bench.benchmarks import MEASURES
from bench.misses import NOTES, tried
from bench.profile_target import ASK, parts

NOTE = """# Notes
* P1, P12: first
  line.
* P2: second.

* not of a goal: third.
"""


def test_the_notes_are_read_by_goal() -> None:
    assert tried(NOTE, "P1") == ["first line."]
    assert tried(NOTE, "P12") == ["first line."]
    assert tried(NOTE, "P2") == ["second."]
    assert tried(NOTE, "P3") == []


def test_the_notes_name_the_goals_that_exist() -> None:
    named = re.findall(r"^\* (P[0-9P, ]+): ", NOTES.read_text("utf-8"), re.MULTILINE)
    assert {name for names in named for name in names.split(", ")} <= MEASURES.keys()
    assert len(named) > 5


def test_the_parts_of_a_profile_come_by_size_and_are_all_of_it() -> None:
    found = parts(["a", "b", "b", "c", "b"])
    assert found == {"b": 0.6, "a": 0.2, "c": 0.2}
    assert next(iter(found)) == "b"
    assert set(ASK) == {"verification", "event", "file"}
