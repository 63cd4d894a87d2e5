"""Each secret has one use: no two of all settings that are secret may have the same value."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.unit.test_config import GOOD, problems
from widget_server.config import Settings, read_settings
from widget_server.config.settings import SECRETS, TABLE

SAME = "canary-5ame-9d2c7b1a6f5e4830b7c6d5e4f3a2"
DIFFERENT = GOOD | {
    "WIDGET_DATABASE_URL": f"postgresql://widget:{SAME}@localhost/x",
    "WIDGET_API_KEY": "canary-0ne-9d2c7b1a6f5e4830b7c6d5e4f3a2",
    "WIDGET_RATE_LIMIT_STORE": f"redis://:{SAME}@127.0.0.1:9/0",
    "STEPPAY_WEBHOOK_SECRETS": "canary-Two-9d2c7b1a6f5e4830, canary-Three-9d2c7b1a6f5e4830",
    "WIDGET_NOTIFY_URL": "https://shop.kr/hooks",
    "WIDGET_NOTIFY_SECRET": "whsec_" + "Q4FJ" * 8,
    "WIDGET_ALERT_URL": "https://hooks.slack.com/services/canary-Seven-9d2c7b1a6f5e",
    "WIDGET_EGRESS_PROXY": f"http://me:{SAME}@127.0.0.1:3128",
    "WIDGET_METRICS_KEY": "canary-Four-9d2c7b1a6f5e4830b7c6d5e4f3a2",
    "WIDGET_ADMIN_KEY": "canary-Five-9d2c7b1a6f5e4830b7c6d5e4f3a2",
    "WIDGET_ADMIN_ORIGIN": "https://admin.shop.kr",
}


def test_every_secret_is_masked() -> None:
    settings = read_settings(DIFFERENT)
    assert set(SECRETS) <= set(DIFFERENT)
    shown = f"{settings!r} {settings}"
    assert [value for name, value in DIFFERENT.items() if name in SECRETS and value in shown] == []
    assert "canary" not in shown


@pytest.mark.parametrize(("one", "other"), list(combinations(SECRETS, 2)))
@pytest.mark.parametrize("form", ["{}", "another-0ne-88, {}", " {} "])
def test_no_two_secrets_are_the_same(one: str, other: str, form: str) -> None:
    """Whatever else is wrong with such a value is named as well."""
    found = problems(DIFFERENT | {one: SAME, other: form.format(SAME)})
    differ = [problem for problem in found if "must differ" in problem]
    assert [problem.partition(";")[0] for problem in differ] == [f"{other}: must differ from {one}"]
    assert "canary" not in "".join(found)


def test_the_operator_and_prometheus_have_keys_of_their_own() -> None:
    key = DIFFERENT["WIDGET_METRICS_KEY"]
    (problem,) = problems(DIFFERENT | {"WIDGET_ADMIN_KEY": key})
    assert problem.startswith("WIDGET_ADMIN_KEY: must differ from WIDGET_METRICS_KEY")
    assert key not in problem


def test_a_secret_is_never_a_plain_field_of_the_settings() -> None:
    """`database_url` is a plain string for the database's library, and does not show itself."""
    plain = {name for name, row in TABLE.items() if row.secret and "Secret" not in str(Settings.__annotations__[name])}
    assert plain == {"database_url"}
