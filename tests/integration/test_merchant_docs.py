"""The commands of docs/merchant-api.md, typed as they stand there, give the answers that stand there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.app_fixture import API_KEY, COMPLETE, PAID, PUBLIC, FakeStepPay, World, fake_steppay
from tools.wsgi_server import serving

PAGE = Path(__file__).resolve().parents[2] / "docs" / "merchant-api.md"
CODE = "order_15XqwcM1f"
BEANS = {"productCode": "product_beans", "priceCode": "price_beans"}
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
                method, body = ("POST" if method == "GET" else method), next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case _:
                assert word.startswith("https://pay.shop.kr/")
                url = word.removeprefix("https://pay.shop.kr")
    return world.client.open(url, method=method, data=body, headers=headers)


def test_every_command_on_the_page_gives_the_answer_below_it(keyed: World, steppay: FakeStepPay) -> None:
    made, *rest = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    answer = type_in(keyed, made[0])
    named = answer.text.replace(answer.json["orderCode"], CODE).replace(PUBLIC, "https://pay.shop.kr")
    assert {**json.loads(named), "orderId": 183682} == json.loads(made[1])
    steppay.order({**PAID, "orderId": 183682}, COMPLETE, CODE)
    assert len(rest) + 1 == PAGE.read_text(encoding="utf-8").count("curl ") == 5
    for command, wanted in rest:
        answer = type_in(keyed, command)
        assert answer.status_code in (200, 201), answer.text
        members = json.loads(wanted)  # of the timeline's command only that one
        assert members == (answer.json if "timeline" not in members else {"timeline": answer.json["timeline"]})


CALLS = {
    "php": (
        "php",
        "php",
        'echo json_encode(create_order("{url}", "{key}", "docs-{n}", json_decode(\'{order}\', true)));',
    ),
    "node": ("js", "mjs", 'console.log(JSON.stringify(await createOrder("{url}", "{key}", "docs-{n}", {order})));'),
}


@pytest.mark.parametrize("language", CALLS)
def test_the_functions_of_the_page_find_an_order_again(
    keyed: World, steppay: FakeStepPay, language: str, tmp_path: Path
) -> None:
    """StepPay's answer is lost once, and a wrong request is not repeated."""
    block, ending, call = CALLS[language]
    source = PAGE.read_text(encoding="utf-8").split(f"```{block}\n")[1].partition("```")[0]
    order = {"customer": {"name": "김달래", "email": "dallae@example.com"}, "items": [BEANS]}
    with serving(keyed.app) as url:

        def run(number: int, body: dict[str, Any]) -> subprocess.CompletedProcess[str]:
            words = {"{url}": url, "{key}": API_KEY, "{n}": f"key-{language}-{number}", "{order}": json.dumps(body)}
            line = call
            for mark, word in words.items():
                line = line.replace(mark, word)
            file = tmp_path / f"order{number}.{ending}"
            file.write_text(f"{source}\n{line}\n", encoding="utf-8")
            return subprocess.run([language, str(file)], capture_output=True, text=True, timeout=120, check=False)

        faults = f"{steppay.url}/simulator/faults"
        requests.post(faults, json={"fault": "lost"}, timeout=60).raise_for_status()
        made = run(1, order)
        assert json.loads(made.stdout)["amount"] == 18000, made.stderr
        wrong = run(2, {**order, "items": []})
    assert wrong.returncode != 0
    assert "invalid_request" in wrong.stdout + wrong.stderr
    assert steppay.calls().count("/api/v1/orders") == 1
