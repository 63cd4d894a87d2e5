"""All checks in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from widget_server.adapters.page_rules import load_page_rules
from widget_server.app import ca_file, egress_proxy, make_transport
from widget_server.config import Settings, read_settings
from widget_server.config.secret_files import resolve_secret_files
from widget_server.doctor.client import check_counted
from widget_server.doctor.database import check_database
from widget_server.doctor.files import check_env_file, check_file_secrets, check_signing_key
from widget_server.doctor.limits import check_limits
from widget_server.doctor.merchant import check_merchant
from widget_server.doctor.open_port import check_open_port
from widget_server.doctor.public import check_public_url
from widget_server.doctor.result import CheckResult, DoctorContext, ok, skipped
from widget_server.doctor.secrets import check_secrets, check_webhook_secrets
from widget_server.doctor.steppay import check_client, check_steppay
from widget_server.errors import ConfigurationError
from widget_server.worker_app import make_merchant

Environ = Mapping[str, str]
_CORRECT = "Correct it where this server gets its settings from."


@dataclass(frozen=True)
class Check:
    """`look` may give several findings. `network`: it leaves this machine, and `--offline` skips it."""

    name: str
    look: Callable[[Settings, Environ, DoctorContext], Iterable[CheckResult]]
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
    Check("merchant", lambda settings, _e, _t: check_merchant(make_merchant(settings)), network=True),
    Check("public URL", lambda settings, _e, tools: check_public_url(settings, tools), network=True),
    Check("open port", lambda settings, _e, _t: check_open_port(settings), network=True),
    Check("clients", lambda settings, _e, tools: check_counted(settings, tools), network=True),
)


def run_checks(environ: Environ, tools: DoctorContext, *, offline: bool = False) -> Iterator[CheckResult]:
    """Findings as they come. Wrong settings end it early: the other checks would look at the wrong things."""
    try:
        settings = read_settings(environ)
    except ConfigurationError as fault:
        yield from _problems(fault, "settings")
        yield from (skipped(check.name, "not looked at", "The settings come first.") for check in CHECKS)
        return
    source = f", with {tools.env_file}" if tools.env_file else ""
    yield ok("settings", f"complete; WIDGET_ENV={settings.env}{source}")
    environ, _problems_told = resolve_secret_files(environ)
    tools = _equipped(tools, settings)
    for check in CHECKS:
        if check.network and offline:
            yield skipped(check.name, "not asked, because of --offline")
        else:
            yield from check.look(settings, environ, tools)


def _equipped(tools: DoctorContext, settings: Settings) -> DoctorContext:
    """Calls go out as the server's own do."""
    return replace(
        tools,
        transport=tools.transport or make_transport(settings),
        ca_file=tools.ca_file or ca_file(settings),
        proxy=egress_proxy(settings),
    )


def check_page_rules(settings: Settings) -> Iterator[CheckResult]:
    if settings.page_rules_file is None:
        yield skipped(
            "page rules", "WIDGET_PAGE_RULES_FILE is not set", "Every page redirects unless its tag says more."
        )
        return
    try:
        load_page_rules(settings.page_rules_file)
        yield ok("page rules", "the file can be used")
    except ConfigurationError as fault:
        yield from _problems(fault, "page rules")


def _problems(fault: ConfigurationError, name: str) -> Iterator[CheckResult]:
    for text in fault.problems:
        yield CheckResult("problem", name, *_halves(text))


def _halves(text: str) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    wrong, _, hint = text.partition("; ")
    end = "" if hint.endswith("?") or "://" in hint else "."
    return wrong, f"{hint[:1].upper()}{hint[1:]}{end}" if hint else _CORRECT
