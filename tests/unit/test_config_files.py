"""A secret may come from a file: exactly one place, named when it is wrong, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_config import GOOD, problems
from widget_server.config import Settings, read_settings
from widget_server.config.secret_files import FILE_SETTINGS

TOKEN = "canary-T0ken-from-a-file"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CASES = {
    "STEPPAY_SECRET_TOKEN_FILE": (TOKEN, lambda settings: settings.secret_token),
    "STEPPAY_WEBHOOK_SECRETS_FILE": (TOKEN, lambda settings: settings.webhook_secrets[0]),
    "WIDGET_ADMIN_KEY_FILE": (TOKEN * 2, lambda settings: settings.admin_key),
    "WIDGET_ALERT_URL_FILE": (f"https://hooks.slack.com/services/{TOKEN}", lambda settings: settings.alert_url),
    "WIDGET_API_KEY_FILE": (TOKEN * 2, lambda settings: settings.api_key),
    "WIDGET_DATABASE_URL_FILE": (f"postgresql://widget:{TOKEN}@localhost/x", lambda settings: settings.database_url),
    "WIDGET_EGRESS_PROXY_FILE": (f"http://me:{TOKEN}@127.0.0.1:3128", lambda settings: settings.egress_proxy),
    "WIDGET_NOTIFY_SECRET_FILE": (WHSEC, lambda settings: settings.notify_secret),
    "WIDGET_METRICS_KEY_FILE": (TOKEN * 2, lambda settings: settings.metrics_key),
    "WIDGET_RATE_LIMIT_STORE_FILE": (f"redis://:{TOKEN}@127.0.0.1:9/0", lambda settings: settings.rate_limit_store),
}


def without(name: str) -> dict[str, str]:
    other = {"WIDGET_NOTIFY_URL": "https://shop.test/told"} if "NOTIFY" in name else {}
    other |= {"WIDGET_ADMIN_ORIGIN": "https://admin.shop.test"} if "ADMIN" in name else {}
    return {key: value for key, value in GOOD.items() if key != name.removesuffix("_FILE")} | other


def test_every_setting_of_a_file_is_tried_here() -> None:
    assert set(CASES) == set(FILE_SETTINGS)


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("name", CASES)
def test_the_file_holds_the_value_with_or_without_a_lines_end(
    tmp_path: Path, name: str, end: str, start: bytes
) -> None:
    (text, find), file = CASES[name], tmp_path / "secret"
    file.write_bytes(start + (text + end).encode())
    settings: Settings = read_settings(without(name) | {name: str(file)})
    assert find(settings) == text
    assert text not in repr(settings)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read"), (b"", "names an empty file"), (b"\n", "names an empty file"),
                              (b"\xff\xfe", "cannot be read")]
)  # fmt: skip
def test_a_file_that_gives_nothing_stops_the_start(
    tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    file = tmp_path / "canary"
    if content is not None:
        file.write_bytes(content)
    named = [problem for problem in problems(without(name) | {name: str(file)}) if problem.startswith(f"{name}: ")]
    assert len(named) == 1
    assert sentence in named[0]
    assert "canary" not in named[0]


@pytest.mark.parametrize("name", CASES)
def test_a_value_and_a_file_of_it_cannot_both_be_meant(tmp_path: Path, name: str) -> None:
    text, _find = CASES[name]
    (tmp_path / "secret").write_text(text, "utf-8")
    setting = name.removesuffix("_FILE")
    (problem,) = problems(without(name) | {name: str(tmp_path / "secret"), setting: text})
    assert problem == f"{name}: {setting} and {name} are both set; keep one of them"


def test_a_line_break_inside_is_no_token(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{TOKEN}\n{TOKEN}\n", "utf-8")
    (problem,) = problems(
        without("STEPPAY_SECRET_TOKEN_FILE") | {"STEPPAY_SECRET_TOKEN_FILE": str(tmp_path / "secret")}
    )
    assert problem.startswith("STEPPAY_SECRET_TOKEN: holds a space, a line break")


def test_an_empty_name_names_no_file() -> None:
    assert read_settings(GOOD | {"STEPPAY_SECRET_TOKEN_FILE": " "}).secret_token == GOOD["STEPPAY_SECRET_TOKEN"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    wrong = problems(without("STEPPAY_SECRET_TOKEN_FILE") | {"STEPPAY_SECRET_TOKEN_FILE": str(tmp_path)})
    assert wrong[0] == "STEPPAY_SECRET_TOKEN_FILE: names a file that cannot be read as UTF-8 text"
