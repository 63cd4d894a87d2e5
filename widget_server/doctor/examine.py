"""All checks in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from widget_server.adapters.page_rules import load_page_rules
from widget_server.config import Settings, read_settings
from widget_server.config_files import with_files
from widget_server.doctor.database import check_database
from widget_server.doctor.files import check_env_file, check_file_secrets, check_signing_key
from widget_server.doctor.finding import Finding, Tools, ok, problem, skipped
from widget_server.doctor.limits import check_limits
from widget_server.doctor.merchant import check_merchant
from widget_server.doctor.public import check_public_url
from widget_server.doctor.secrets import check_secrets, check_webhook_secrets
from widget_server.doctor.steppay import check_client, check_steppay
from widget_server.errors import ConfigurationFault

Environ = Mapping[str, str]


@dataclass(frozen=True)
class Check:
    """`look` may give several findings. `network`: it leaves this machine, and `--offline` skips it."""

    name: str
    look: Callable[[Settings, Environ, Tools], Iterable[Finding]]
    network: bool = False


CHECKS = (
    Check("page rules", lambda settings, _e, _t: check_page_rules(settings)),
    Check("secrets", lambda _s, env, _t: check_secrets(env)),
    Check("webhook secret", lambda _s, env, _t: check_webhook_secrets(env.get("STEPPAY_WEBHOOK_SECRETS", ""))),
    Check("secret files", lambda _s, _e, tools: check_env_file(tools.env_file)),
    Check("file secrets", lambda _s, env, _t: check_file_secrets(env)),
    Check("signing key", lambda settings, _e, _t: check_signing_key(settings.signing_key_file)),
    Check("database", lambda settings, _e, _t: check_database(settings.database_url)),
    Check("rate limits", lambda settings, _e, _t: check_limits(settings), network=True),
    Check("HTTP client", lambda _s, _e, _t: check_client()),
    Check("StepPay", lambda settings, _e, tools: check_steppay(settings, tools), network=True),
    Check("merchant", lambda _s, env, tools: check_merchant(env.get("WIDGET_MERCHANT_URL"), tools), network=True),
    Check("public URL", lambda settings, _e, tools: check_public_url(settings, tools), network=True),
)


def examine(environ: Environ, tools: Tools, *, offline: bool = False) -> Iterator[Finding]:
    """Findings as they come. Wrong settings end it early: the other checks would look at the wrong things."""
    try:
        settings = read_settings(environ)
    except ConfigurationFault as fault:
        yield from _problems(fault, "settings")
        yield from (skipped(check.name, "not looked at", "The settings come first.") for check in CHECKS)
        return
    yield ok("settings", f"complete; WIDGET_ENV={settings.env}")
    environ, _problems_told = with_files(environ)
    for check in CHECKS:
        if check.network and offline:
            yield skipped(check.name, "not asked, because of --offline")
        else:
            yield from check.look(settings, environ, tools)


def check_page_rules(settings: Settings) -> Iterator[Finding]:
    if settings.pages_file is None:
        yield skipped("page rules", "WIDGET_PAGES_FILE is not set", "Every page redirects unless its tag says more.")
        return
    try:
        load_page_rules(settings.pages_file)
        yield ok("page rules", "the file can be used")
    except ConfigurationFault as fault:
        yield from _problems(fault, "page rules")


def _problems(fault: ConfigurationFault, name: str) -> Iterator[Finding]:
    for text in fault.problems:
        yield problem(name, text, "README, Settings, says what it takes.")
