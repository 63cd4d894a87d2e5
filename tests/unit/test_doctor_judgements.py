"""What the doctor says to what it sees: pure functions, so tables."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.adapters.steppay.transport import RawResponse
from widget_server.config.settings import SECRETS
from widget_server.doctor.database import judge_revision
from widget_server.doctor.files import check_private, check_signing_key
from widget_server.doctor.public import judge_origin, judge_widget
from widget_server.doctor.result import CheckResult
from widget_server.doctor.secrets import check_secrets, check_webhook_secrets
from widget_server.doctor.shop import judge_logo
from widget_server.doctor.steppay import NO_SUCH_ORDER, judge_clock, judge_token
from widget_server.domain.model import ORDER_CODE

NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
SHOP = "https://shop.test"
OPEN = {"access-control-allow-origin": "*"}


@pytest.mark.parametrize(
    ("status", "state"),
    [(404, "ok"), (401, "problem"), (403, "problem"), (429, "skipped"), (500, "problem"), (503, "problem")]
    + [(status, "problem") for status in (200, 204, 301, 302, 400, 405)],
)
def test_only_an_order_not_found_means_a_good_token(status: int, state: str) -> None:
    assert judge_token(status).state == state


def test_the_order_asked_for_has_a_shape_steppay_never_gives_out() -> None:
    assert ORDER_CODE.fullmatch(NO_SUCH_ORDER)
    assert not NO_SUCH_ORDER.startswith("order_")


@given(st.integers(-(10**6), 10**6))
def test_a_clock_is_wrong_from_a_minute_on(seconds: int) -> None:
    found = judge_clock(format_datetime(NOW - timedelta(seconds=seconds), usegmt=True), NOW)
    assert found.state == ("ok" if abs(seconds) <= 60 else "problem")
    assert found.state == "ok" or ("ahead of" if seconds > 0 else "behind") in found.text


@given(st.text(max_size=60))
def test_whatever_stands_for_a_date_the_doctor_goes_on_and_believes_no_word_without_a_number(text: str) -> None:
    state = judge_clock(text, NOW).state
    assert state == "skipped" or re.search(r"\d", text)


@pytest.mark.parametrize("text", ["", "yesterday", "Mon, 99 Foo 2026"])
def test_without_a_date_nothing_is_said_about_the_clock(text: str) -> None:
    assert judge_clock(text, NOW).state == "skipped"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (RawResponse(200, OPEN, b"widget"), "ok"),
        (RawResponse(200, OPEN, b"widgeT"), "problem"),
        (RawResponse(200, {}, b"widget"), "problem"),
        (RawResponse(404, OPEN, b""), "problem"),
        (RawResponse(301, OPEN, b""), "problem"),
        (None, "problem"),
    ],
)
def test_the_public_url_serves_these_bytes_with_their_header_or_it_is_a_problem(
    answer: RawResponse | None, state: str
) -> None:
    assert judge_widget(answer, b"widget").state == state


@pytest.mark.parametrize(("released", "word"), [(True, "keeps working after upgrades"), (False, "of no release")])
def test_what_becomes_of_a_pinned_tag_is_said(released: bool, word: str) -> None:
    found = judge_widget(RawResponse(200, OPEN, b"widget"), b"widget", released=released)
    assert (found.state, word in found.text) == ("ok", True)


@pytest.mark.parametrize(
    ("header", "state"),
    [(SHOP, "ok"), (None, "problem"), ("*", "problem"), (f"{SHOP}, {SHOP}", "problem"), ("https://x.test", "problem")],
)
def test_an_origin_may_call_only_when_browsers_will_see_so(header: str | None, state: str) -> None:
    headers = {"access-control-allow-origin": header} if header else {}
    assert judge_origin(RawResponse(404, headers, b""), SHOP).state == state


@pytest.mark.parametrize(
    ("status", "kind", "policy", "state"),
    [
        (200, "image/svg+xml", None, "ok"),
        (200, "image/png", "cross-origin", "ok"),
        (200, "image/png", "same-origin", "warning"),
        (200, "text/html", None, "warning"),
        (301, "image/png", None, "warning"),
    ],
)
def test_a_logo_is_a_picture_that_browsers_may_show_on_another_site(
    status: int, kind: str, policy: str | None, state: str
) -> None:
    headers = {"content-type": kind} | ({"cross-origin-resource-policy": policy} if policy else {})
    assert judge_logo(RawResponse(status, headers, b"")).state == state
    assert judge_logo(None).state == "warning"


@pytest.mark.parametrize(
    ("current", "state"), [("0002", "ok"), ("0001", "problem"), (None, "problem"), ("9999", "problem")]
)
def test_the_database_has_this_versions_schema_or_it_is_a_problem(current: str | None, state: str) -> None:
    assert judge_revision(current, "0002", "x").state == state


@pytest.mark.parametrize(("mode", "state"), [(0o600, "ok"), (0o400, "ok"), (0o640, "problem"), (0o604, "problem")])
def test_a_secret_file_is_for_its_owner_only(tmp_path: Path, mode: int, state: str) -> None:
    file = tmp_path / "secret"
    file.touch()
    file.chmod(mode)
    assert check_private("secret files", "the file", file).state == state


def test_a_folder_in_a_files_place_is_a_problem(tmp_path: Path) -> None:
    assert check_private("secret files", "the file", tmp_path).state == "problem"


def test_a_signing_key_need_not_be_there_yet_and_is_not_made(tmp_path: Path) -> None:
    (found,) = check_signing_key(tmp_path / "new.json")
    assert found.state == "skipped"
    assert not list(tmp_path.iterdir())


def test_the_secrets_that_are_set_are_named_and_never_shown() -> None:
    (found,) = check_secrets({name: f"canary-{name}" for name in SECRETS})
    assert found.state == "ok"
    assert all(name in found.text for name in SECRETS)
    assert "canary" not in str(found)


@pytest.mark.parametrize(("text", "state"), [("", "warning"), (" , ", "warning"), ("a", "ok"), ("canary,b", "ok")])
def test_webhook_secrets_are_counted_and_not_shown(text: str, state: str) -> None:
    (found,) = check_webhook_secrets(text)
    assert found.state == state
    assert "canary" not in str(found)


def test_a_finding_is_one_line_that_ends_with_its_hint() -> None:
    assert str(CheckResult("problem", "token", "refused", "Copy it again.")).startswith("problem  token ")
    assert str(CheckResult("problem", "token", "refused", "Copy it again.")).endswith("refused. Copy it again.")
