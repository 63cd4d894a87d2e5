"""What an operator's probe may rely on."""

from __future__ import annotations

from tests.support.app_fixture import FakeStepPay, World


def test_a_running_server_is_alive_and_ready(world: World, steppay: FakeStepPay) -> None:
    for path in ("/healthz", "/readyz"):
        answer = world.client.get(path)
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert steppay.calls() == []


def test_without_storage_it_is_alive_but_not_ready(world: World) -> None:
    world.break_storage()
    assert world.client.get("/healthz").status_code == 200
    answer = world.client.get("/readyz")
    assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")
    assert answer.headers["Retry-After"]
    assert str(world.settings.database_url) not in answer.text
