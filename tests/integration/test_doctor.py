"""`widget-server doctor` against a simulated StepPay: what is wrong gets a line and a hint, and no secret is shown."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from tests.support.app_fixture import TOKEN, FakeStepPay, World, environment
from tests.support.database_failures import held
from tests.support.databases import copy, url_of
from tests.support.offer_scenarios import write_offers
from tests.support.upstream import Upstream, answer
from tools.wsgi_server import serving
from widget_server.adapters.steppay.transport import open_transport
from widget_server.adapters.store.database import make_engine
from widget_server.app import create_app
from widget_server.cli import main
from widget_server.config import read_settings
from widget_server.doctor.connectivity import connection_failure
from widget_server.doctor.result import CheckResult, DoctorContext
from widget_server.doctor.run_checks import CHECKS, run_checks

NOBODY = "http://127.0.0.1:9"
SHOP = "http://shop.localhost:8080"
TOOLS = DoctorContext(open_transport(), lambda: datetime.now(UTC))
Environ = dict[str, str]


@pytest.fixture
def environ(steppay: FakeStepPay, migrated: Path, tmp_path: Path) -> Environ:
    """Good settings; the widget server itself does not run."""
    database = tmp_path / "widget.db"
    copy(migrated, database)
    wanted = {"WIDGET_PUBLIC_URL": NOBODY, "WIDGET_ALLOWED_ORIGINS": f"{SHOP},https://shop.test"}
    return environment(steppay.url, database) | wanted


def findings(environ: Environ, tools: DoctorContext = TOOLS, *, offline: bool = False) -> dict[str, CheckResult]:
    """By name; also proves that nothing is shown that must not be."""
    found = list(run_checks(environ, tools, offline=offline))
    assert TOKEN not in "".join(map(str, found))
    assert [item for item in found if item.state == "problem" and not item.hint] == []
    return {item.name: item for item in found}


def states(environ: Environ, tools: DoctorContext = TOOLS, *, offline: bool = False) -> dict[str, str]:
    return {name: item.state for name, item in findings(environ, tools, offline=offline).items()}


def problems(environ: Environ, tools: DoctorContext = TOOLS) -> set[str]:
    return {name for name, state in states(environ, tools).items() if state == "problem"}


def test_a_good_installation_has_no_problem(environ: Environ) -> None:
    seen = states(environ)
    assert {name: seen[name] for name in ("settings", "database", "StepPay", "token", "clock")} == dict.fromkeys(
        ("settings", "database", "StepPay", "token", "clock"), "ok"
    )
    assert "problem" not in seen.values()


def test_asking_about_the_token_is_one_harmless_read(environ: Environ, steppay: FakeStepPay) -> None:
    findings(environ)
    assert steppay.calls() == ["/api/v1/orders/doctor-asks-for-no-order"]


def test_a_wrong_token_is_a_problem_and_not_shown(environ: Environ) -> None:
    environ["STEPPAY_SECRET_TOKEN"] = TOKEN.upper()
    assert problems(environ) == {"token"}
    assert TOKEN.upper() not in str(findings(environ)["token"])


def test_the_library_that_makes_the_calls_is_named(environ: Environ, each_adapter: str) -> None:
    found = findings(environ, offline=True)["HTTP client"]
    assert (found.state, found.text) == ("ok", each_adapter)
    assert ("pycurl" in found.hint) is (each_adapter == "requests")


def test_a_steppay_that_is_down_is_a_problem_and_says_nothing_about_the_token(environ: Environ) -> None:
    environ["STEPPAY_API_URL"] = NOBODY
    seen = states(environ)
    assert [seen[name] for name in ("StepPay", "token", "clock")] == ["problem", "skipped", "skipped"]


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_wrong_is_a_problem(environ: Environ, hours: int) -> None:
    tools = replace(TOOLS, clock=lambda: datetime.now(UTC) + timedelta(hours=hours))
    assert problems(environ, tools) == {"clock"}


def test_a_steppay_with_an_old_date_is_a_problem_of_the_clock(environ: Environ) -> None:
    old = "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
    with Upstream(answer(status="404 Not Found", headers=old)) as upstream:
        environ["STEPPAY_API_URL"] = upstream.url
        assert problems(environ) == {"clock"}


def test_a_broken_answer_is_no_verdict_on_the_token(environ: Environ) -> None:
    with Upstream(replace(answer(), raw=b"")) as upstream:
        environ["STEPPAY_API_URL"] = upstream.url
        seen = findings(environ)
    assert (seen["token"].state, seen["clock"].state) == ("problem", "skipped")
    assert "no complete answer" in seen["token"].text


def test_a_database_that_is_not_migrated_is_a_problem(environ: Environ, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch(0o600)
    environ["WIDGET_DATABASE_URL"] = url_of(tmp_path / "empty.db")
    assert "not migrated" in findings(environ)["database"].text
    assert problems(environ) == {"database"}


@pytest.mark.sqlite
def test_a_database_that_is_not_there_yet_is_not_made(environ: Environ, tmp_path: Path) -> None:
    environ["WIDGET_DATABASE_URL"] = f"sqlite:///{tmp_path}/new.db"
    assert states(environ)["database"] == "skipped"
    assert not (tmp_path / "new.db").exists()


@pytest.mark.sqlite
def test_a_database_without_a_folder_or_of_another_kind_is_a_problem(environ: Environ, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"not a database at all" * 100)
    for path in ("missing/widget.db", "text.db"):
        environ["WIDGET_DATABASE_URL"] = f"sqlite:///{tmp_path}/{path}"
        assert problems(environ) == {"database"}


def test_a_locked_database_is_a_problem(environ: Environ) -> None:
    engine = make_engine(environ["WIDGET_DATABASE_URL"])
    with held(engine):
        assert "cannot be written" in findings(environ)["database"].text


def test_wrong_settings_are_all_named_and_nothing_is_asked(environ: Environ, steppay: FakeStepPay) -> None:
    environ |= {"STEPPAY_SECRET_TOKEN": "a b", "WIDGET_ALLOWED_ORIGINS": "*"}
    found = list(run_checks(environ, TOOLS))
    named = {item.text.partition(":")[0] for item in found if item.state == "problem"}
    assert named == {"STEPPAY_SECRET_TOKEN", "WIDGET_ALLOWED_ORIGINS"}
    assert [item.name for item in found if item.state == "skipped"] == [check.name for check in CHECKS]
    assert steppay.calls() == []


def test_what_is_wrong_with_a_setting_comes_with_what_to_do(environ: Environ) -> None:
    environ |= {"WIDGET_ALOWED_ORIGINS": "x", "WIDGET_ALLOWED_ORIGINS": "https://shop.test/"}
    found = [
        str(item).partition("settings")[2].strip() for item in run_checks(environ, TOOLS) if item.state == "problem"
    ]
    assert found == [
        "WIDGET_ALLOWED_ORIGINS: entry 1 ends with a slash: https://shop.test/. Enter https://shop.test",
        "WIDGET_ALOWED_ORIGINS: is no setting of this server. Did you mean WIDGET_ALLOWED_ORIGINS?",
    ]


def test_bad_page_rules_are_a_problem(environ: Environ, tmp_path: Path) -> None:
    rules = tmp_path / "pages.toml"
    environ["WIDGET_PAGE_RULES_FILE"] = str(rules)
    rules.write_text("[default]\nmode = 'tab'\n", "utf-8")
    assert states(environ)["page rules"] == "ok"
    rules.write_text("[default]\nmode = 'sideways'\n", "utf-8")
    assert problems(environ) == {"page rules"}


def test_each_offer_is_compared_with_steppays_product(environ: Environ, tmp_path: Path) -> None:
    environ["WIDGET_OFFERS_FILE"] = str(write_offers(tmp_path))
    found = [str(one) for one in run_checks(environ, TOOLS) if one.name.startswith("offer")]
    assert [line.split()[0] for line in found] == ["ok", "ok", "ok", "problem", "problem"]
    assert "the offer's amount is 8900, a new customer's order costs 9900" in found[3]
    assert "StepPay has no product product_gone" in found[4]
    write_offers(tmp_path, "[[offer]]")
    assert problems(environ) == {"offers"}


def test_an_env_file_that_others_can_read_is_a_problem(environ: Environ, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.touch(0o600)
    assert states(environ, replace(TOOLS, env_file=file))["secret files"] == "ok"
    file.chmod(0o644)
    assert problems(environ, replace(TOOLS, env_file=file)) == {"secret files"}


def test_a_merchant_that_does_not_answer_is_a_problem_and_gets_no_message(environ: Environ) -> None:
    told = {"WIDGET_NOTIFY_URL": f"{NOBODY}/canary", "WIDGET_NOTIFY_SECRET": "whsec_" + "QUJD" * 8}
    assert problems(environ | told) == {"merchant"}
    with Upstream(answer()) as backend:
        assert states(environ | told | {"WIDGET_NOTIFY_URL": f"{backend.url}/hook"})["merchant"] == "ok"
        assert [head.split()[:2] for head in backend.heads] == [["OPTIONS", "/hook"], ["HEAD", "/hook"]]
        assert "webhook-" not in "".join(backend.heads).lower()


def test_offline_makes_no_request(environ: Environ, steppay: FakeStepPay) -> None:
    seen = states(environ, offline=True)
    assert {name for name, state in seen.items() if state == "skipped"} >= {"StepPay", "public URL", "merchant"}
    assert seen["database"] == "ok"
    assert steppay.calls() == []


def test_a_running_server_is_seen_with_its_widget_and_its_origins(
    environ: Environ, world: World, free_port: Callable[[], int]
) -> None:
    port = free_port()
    environ["WIDGET_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    settings = read_settings(environ)
    with serving(create_app(settings, replace(world.deps, settings=settings)), port):
        found = list(run_checks(environ, TOOLS))
        environ["WIDGET_ALLOWED_ORIGINS"] += ",https://new.test"  # the server has not been restarted
        later = problems(environ)
    assert [item.state for item in found if item.name in ("public URL", "origins")] == ["ok", "ok", "ok"]
    assert later == {"origins"}


def test_another_server_at_the_public_url_is_a_problem(environ: Environ, steppay: FakeStepPay) -> None:
    environ["WIDGET_PUBLIC_URL"] = steppay.url
    assert problems(environ) == {"public URL", "origins", "routes"}


def test_an_untrusted_certificate_is_distinguished_from_a_server_that_is_down(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with Upstream(answer(), tls=context) as upstream:
        assert connection_failure(upstream.url) == "certificate"
        assert connection_failure(upstream.url, ca_file=str(tmp_path / "ca.pem")) is None
    assert connection_failure(NOBODY) == "unreachable"


@pytest.mark.parametrize(("token", "exit_code"), [(TOKEN, 0), (TOKEN + "x", 1)])
def test_the_command_prints_one_line_a_check_and_exits_by_the_result(
    environ: Environ, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str, exit_code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["doctor"], env=environ | {"STEPPAY_SECRET_TOKEN": token})
    assert result.exit_code == exit_code, result.output
    assert token not in result.output
    lines = result.output.splitlines()
    assert all(line.split()[0] in ("ok", "warning", "problem", "skipped") for line in lines)
    assert len(lines) > len(CHECKS)
