"""Personal data and secrets go in everywhere; they come out nowhere: not in answers, headers, logs or rows."""

from __future__ import annotations

import faulthandler
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import MetaData

from tests.attacks import canaries
from tests.support.app_fixture import COMPLETE, PAID, SHOP, FakeStepPay, World
from tests.support.merchant import KEY, WON
from tests.support.steppay_calls import client_of
from tests.support.upstream import Upstream, answer
from tests.vectors import VECTORS
from widget_server.app import create_app
from widget_server.logs import configure_logs

MONEY = {"paymentStatus", "paymentDate", "amount", "returnedAmount", "currency", "subscriptionIds", "checkedAt"}
DECISION = {"verdict", "reason", "fulfill", "final", "retryAfter"}
VERDICT_KEYS = {"orderCode", "orderId", "orderType", "title", "message", "token"} | DECISION | MONEY
PROBLEM_KEYS = {"type", "title", "status", "code", "detail", "errors", "requestId"} | DECISION


@pytest.fixture
def world(known_signing_key: None, keyed: World) -> World:
    """With every secret that a server can hold."""
    return keyed


@pytest.fixture
def known_signing_key(tmp_path: Path) -> None:
    file = tmp_path / "signing-keys.json"
    file.touch(0o600)
    file.write_text(json.dumps(canaries.KEY_FILE), "utf-8")


@pytest.fixture
def logs() -> Iterator[Callable[[], str]]:
    """Everything the server writes, as JSON and as plain text, with every logger of the process at DEBUG."""
    root, stream = logging.getLogger(), io.StringIO()
    loggers = [root, *(logging.getLogger(name) for name in root.manager.loggerDict)]
    before, levels = root.handlers[:], [logger.level for logger in loggers]
    as_json = configure_logs(json_lines=True, level=logging.DEBUG, stream=stream)
    plain = configure_logs(json_lines=False, level=logging.DEBUG, stream=stream)
    root.handlers[:] = [as_json, plain]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield stream.getvalue
    root.handlers[:] = before
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def rows(world: World) -> str:
    """Every row of every table in the database, those of other features included."""
    tables = MetaData()
    tables.reflect(world.engine)
    with world.engine.connect() as connection:
        return repr([connection.execute(table.select()).all() for table in tables.sorted_tables])


def told(reply: Any) -> str:
    return f"{reply.status_code} {reply.headers!r} {reply.text}"


def assert_keys(reply: Any) -> None:
    problem = reply.mimetype == "application/problem+json"
    assert set(reply.json) <= (PROBLEM_KEYS if problem else VERDICT_KEYS), reply.text


def ask_everything(world: World, code: str, claim: dict[str, Any]) -> str:
    """Verify, come back and poll: every way a verdict leaves the server."""
    checkout = world.create_checkout(code)
    reply = world.client.post("/v1/verify", json={"orderCode": code, "checkout": checkout, **claim})
    assert_keys(reply)
    page = world.client.get(f"/v1/return/{checkout}?status={claim.get('status') or ''}")
    polled = world.client.get(f"/v1/checkouts/{checkout}")
    assert set(polled.json["verdict"] or {}) <= VERDICT_KEYS
    shown = world.client.get(f"/v1/orders/{code}", headers=KEY)
    assert shown.status_code == 404 or set(shown.json["verdict"]) <= VERDICT_KEYS
    return told(reply) + told(page) + told(polled) + told(shown)


def test_LK_01_no_verdict_gives_personal_data_away(logs: Callable[[], str], world: World, steppay: FakeStepPay) -> None:
    for number, vector in enumerate(VECTORS):
        order = canaries.marked(vector["order"], canaries.ORDER | {"idKey": f"{canaries.ID_KEY}{number}"})
        code = steppay.order(order, canaries.marked(vector["receipt"], canaries.RECEIPT))
        assert canaries.found_in(ask_everything(world, code, vector["claim"])) == [], vector
    assert canaries.found_in(rows(world)) == []
    assert canaries.found_in(logs()) == []
    assert logs().count(".access request") >= 3 * len(VECTORS)


PERSONAL_ERROR = json.dumps(canaries.ERROR).encode()
ERRORS = {
    **{status: answer(PERSONAL_ERROR, status=f"{status} Odd") for status in ("400", "401", "403", "404", "418", "429")},
    **{status: answer(PERSONAL_ERROR, status=f"{status} Odd") for status in ("302", "500", "503", "201")},
    "HTML": answer(PERSONAL_ERROR, content_type="text/html"),
    "another shape": answer(PERSONAL_ERROR),
    "another order": answer(json.dumps(canaries.ORDER | {"orderCode": canaries.PERSONAL}).encode()),
    "cut off": answer(PERSONAL_ERROR[:-9]),
    "headers": answer(b"{", headers=f"X-Error: {canaries.PERSONAL}\r\nSet-Cookie: a={canaries.PERSONAL}\r\n"),
    "reason": answer(status=f"500 {canaries.PERSONAL}"),
}


def test_LK_01_no_error_of_steppay_gives_personal_data_away(logs: Callable[[], str], world: World) -> None:
    for name, reply in ERRORS.items():
        with Upstream(reply) as upstream:
            client = world.with_deps(steppay=client_of(upstream.url))
            answered = client.post("/v1/verify", json={"orderCode": "order_15XqwcM1f"})
            assert_keys(answered)
            page = client.get(f"/v1/return/{world.create_checkout('order_15XqwcM1f')}")
            assert canaries.found_in(told(answered) + told(page)) == [], name
    assert canaries.found_in(rows(world)) == []
    assert canaries.found_in(logs()) == []


SECRETS = " ".join([*canaries.SECRETS.values(), canaries.ID_KEY, canaries.PERSONAL])


class Breaks:
    """A collaborator that fails in every method, with all secrets in its message and in its cause."""

    def __getattr__(self, name: str) -> Any:
        def fail(*_: object, **__: object) -> None:
            raise RuntimeError(f"{name} {SECRETS}") from ValueError(SECRETS)

        return fail

    __call__ = property(lambda self: self.__getattr__("call"))


CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/verify", {"json": {"orderCode": "order_15XqwcM1f", "checkout": "A" * 22}}),
    ("POST", "/v1/checkouts", {"json": {"orderCode": "order_15XqwcM1f", "mode": "tab"}}),
    ("GET", "/v1/checkouts/" + "A" * 22, {}),
    ("GET", "/v1/return/" + "A" * 22, {}),
    ("GET", "/v1/pay/order_15XqwcM1f", {}),
    ("GET", "/v1/pages?path=/", {}),
    ("GET", "/readyz", {}),
    ("GET", "/.well-known/jwks.json", {}),
]
KEY_CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/v1/orders/order_15XqwcM1f?refresh=1", {}),
    ("PUT", "/v1/orders/order_15XqwcM1f/expectation", {"json": WON}),
]


@pytest.mark.parametrize(
    "broken", ["steppay", "checkouts", "expectations", "rules", "signer", "clock", "new_checkout_id"]
)
def test_LK_02_LK_04_a_bug_in_any_layer_leaks_nothing(
    logs: Callable[[], str], world: World, steppay: FakeStepPay, broken: str
) -> None:
    client = world.with_deps(**{broken: Breaks()})
    statuses = []
    calls = [(call, {"Origin": SHOP}) for call in CALLS] + [(call, KEY) for call in KEY_CALLS]
    for (method, path, options), headers in calls:
        reply = client.open(path, method=method, headers=headers, **options)
        statuses.append(reply.status_code)
        assert canaries.found_in(told(reply)) == []
        assert not any(word in reply.text for word in ("Traceback", "RuntimeError", ".py", "Werkzeug"))
    assert 500 in statuses
    assert "internal_error" in logs()
    assert "RuntimeError" in logs()
    assert canaries.found_in(logs() + rows(world)) == []


@pytest.mark.parametrize("name", ["FLASK_DEBUG", "FLASK_TESTING", "FLASK_PROPAGATE_EXCEPTIONS", "PROPAGATE_EXCEPTIONS"])
def test_LK_04_no_variable_of_flask_opens_the_inside(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    reply = world.with_deps(steppay=Breaks()).post("/v1/verify", json={"orderCode": "order_15XqwcM1f"})
    assert (reply.status_code, reply.mimetype) == (500, "application/problem+json")
    assert reply.json["requestId"] == reply.headers["X-Request-Id"]
    assert (reply.json["verdict"], reply.json["fulfill"], reply.json["final"]) == ("unknown", False, False)
    assert set(reply.json) <= PROBLEM_KEYS
    assert canaries.found_in(told(reply)) == []


JSON = "application/json"
WRONG: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", f"/{canaries.PERSONAL}?q={canaries.PERSONAL}", {}, 404),
    ("GET", f"/v1/checkouts/{canaries.PERSONAL}", {}, 404),
    ("GET", f"/v1/pay/{canaries.PERSONAL}%20", {}, 404),
    ("DELETE", f"/v1/verify?q={canaries.PERSONAL}", {}, 405),
    ("POST", f"/v1/verify?q={canaries.PERSONAL}", {"data": canaries.PERSONAL * 400, "content_type": JSON}, 413),
    ("POST", "/v1/verify", {"data": canaries.PERSONAL, "content_type": JSON}, 400),
    ("POST", "/v1/verify", {"data": canaries.PERSONAL, "content_type": f"text/{canaries.PERSONAL}"}, 415),
    ("POST", "/v1/verify", {"json": {"orderCode": canaries.PERSONAL + " ", "status": canaries.PERSONAL}}, 422),
    ("POST", "/v1/verify", {"json": {}, "headers": {"Origin": f"https://{canaries.PERSONAL}"}}, 403),
    ("GET", "/readyz", {"headers": {"User-Agent": canaries.PERSONAL, "Cookie": canaries.PERSONAL}}, 200),
]  # fmt: skip


def test_LK_02_what_a_visitor_sends_wrongly_is_not_repeated(logs: Callable[[], str], world: World) -> None:
    for method, path, options, status in WRONG:
        reply = world.client.open(path, method=method, **options)
        assert reply.status_code == status
        assert canaries.found_in(told(reply)) == []
    assert canaries.found_in(logs()) == []


def test_LK_02_settings_and_stack_dumps_show_no_secret(world: World, tmp_path: Path) -> None:
    settings, dump = world.settings, tmp_path / "dump.txt"
    shown = f"{settings} {settings!r} {world.deps!r} %s" % (settings.secret_token,)
    with dump.open("w") as file:
        faulthandler.dump_traceback(file)
    assert canaries.found_in(shown + f"{settings.secret_token}" + dump.read_text()) == []
    assert settings.secret_token.reveal() == canaries.SECRETS["STEPPAY_SECRET_TOKEN"]


def test_LK_02_the_token_still_reaches_steppay(world: World, steppay: FakeStepPay) -> None:
    assert create_app(world.settings).test_client().post(
        "/v1/verify", json={"orderCode": steppay.order(PAID, COMPLETE)}
    ).status_code == 200  # fmt: skip


def test_LK_05_a_missing_order_and_a_foreign_one_look_the_same(world: World, steppay: FakeStepPay) -> None:
    """StepPay answers 404 for both; its body, which may tell them apart, is not passed on."""
    foreign = steppay.order({"raw": PERSONAL_ERROR.decode(), "status": 404})
    answers = [world.client.post("/v1/verify", json={"orderCode": code}) for code in ("order_missing", foreign)]
    assert [reply.status_code for reply in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert set(answers[0].headers.keys()) == set(answers[1].headers.keys())


def test_the_marks_do_reach_the_server(steppay: FakeStepPay) -> None:
    code = steppay.order(canaries.marked(PAID, canaries.ORDER | {"idKey": canaries.ID_KEY + "x"}), COMPLETE)
    headers = {"Secret-Token": canaries.SECRETS["STEPPAY_SECRET_TOKEN"]}
    sent = requests.get(f"{steppay.url}/api/v1/orders/{code}", headers=headers, timeout=60).text
    assert canaries.found_in(sent) == ["personal data", "idKey"]
