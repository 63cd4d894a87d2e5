"""The commands of docs/merchant-api.md, typed as they stand there, give the answers that stand there."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.app_fixture import API_KEY, COMPLETE, PAID, FakeStepPay, World, fake_steppay

PAGE = Path(__file__).resolve().parents[2] / "docs" / "merchant-api.md"
EXAMPLE = re.compile(r"```sh\n(?P<command>curl .*?)```\n```json\n(?P<answer>.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def shared_steppay() -> Iterator[FakeStepPay]:
    """One of this file's own: other tests count on an unknown order under the documents' code."""
    with fake_steppay() as running:
        yield running


def type_in(world: World, command: str) -> Any:
    """What a shell and curl would make of it, for the options that the page uses."""
    words = iter(shlex.split(command.replace("$WIDGET_API_KEY", API_KEY).replace("\\\n", " ")))
    assert next(words) == "curl"
    url, method, body, headers = "", "GET", None, {}
    for word in words:
        match word:
            case "-s":
                continue
            case "-X":
                method = next(words)
            case "-d":
                body = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case _:
                assert word.startswith("https://pay.shop.kr/")
                url = word.removeprefix("https://pay.shop.kr")
    return world.client.open(url, method=method, data=body, headers=headers)


def test_every_command_on_the_page_gives_the_answer_below_it(keyed: World, steppay: FakeStepPay) -> None:
    steppay.order({**PAID, "orderId": 183682}, COMPLETE, "order_15XqwcM1f")
    examples = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(examples) == PAGE.read_text(encoding="utf-8").count("curl ") == 3
    for command, wanted in examples:
        answer = type_in(keyed, command)
        assert answer.status_code in (200, 201), answer.text
        assert answer.json == json.loads(wanted)
