"""All checks in their order."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from widget_server.adapters.offers_file import load_offers
from widget_server.adapters.page_rules import load_page_rules
from widget_server.config import Settings, read_settings
from widget_server.config.secret_files import resolve_secret_files
from widget_server.doctor.alerts import check_alerts
from widget_server.doctor.client import check_client_address
from widget_server.doctor.database import check_database
from widget_server.doctor.files import check_env_file, check_file_secrets, check_signing_key
from widget_server.doctor.limits import check_limits
from widget_server.doctor.merchant import check_merchant
from widget_server.doctor.offers import check_offer_prices
from widget_server.doctor.open_port import check_open_port
from widget_server.doctor.page import check_page
from widget_server.doctor.public import check_public_url
from widget_server.doctor.result import CheckResult, DoctorContext, ok, skipped
from widget_server.doctor.routes import check_routes
from widget_server.doctor.secrets import check_secrets, check_webhook_secrets
from widget_server.doctor.shop import check_shop
from widget_server.doctor.steppay import check_client, check_steppay
from widget_server.doctor.worker import check_worker
from widget_server.errors import ConfigurationError
from widget_server.parts import ca_file, egress_proxy, make_transport
from widget_server.worker_app import make_alert_receiver, make_merchant

Environ = Mapping[str, str]
_CORRECT = "Correct it where this server gets its settings from."


@dataclass(frozen=True)
class Check:
    """`run` may yield several results. `network`: it leaves this machine, and `--offline` skips it."""

    name: str
    run: Callable[[Settings, Environ, DoctorContext], Iterable[CheckResult]]
    network: bool = False


CHECKS = (
    Check("page rules", lambda settings, _e, _c: check_page_rules(settings)),
    Check("offers", lambda settings, _e, _c: check_offers_file(settings)),
    Check("secrets", lambda _s, env, _c: check_secrets(env)),
    Check("webhook secret", lambda _s, env, _c: check_webhook_secrets(env.get("STEPPAY_WEBHOOK_SECRETS", ""))),
    Check("secret files", lambda _s, _e, context: check_env_file(context.env_file)),
    Check("file secrets", lambda _s, env, _c: check_file_secrets(env)),
    Check("signing key", lambda settings, _e, _c: check_signing_key(settings.signing_key_file)),
    Check("database", lambda settings, _e, _c: check_database(settings.database_url)),
    Check("worker", lambda settings, _e, context: check_worker(settings.database_url, context.clock)),
    Check("rate limits", lambda settings, _e, _c: check_limits(settings), network=True),
    Check("HTTP client", lambda _s, _e, _c: check_client()),
    Check("StepPay", lambda settings, _e, context: check_steppay(settings, context), network=True),
    Check("offer prices", lambda settings, _e, context: check_offer_prices(settings, context), network=True),
    Check("merchant", lambda settings, _e, _c: check_merchant(make_merchant(settings)), network=True),
    Check("alerts", lambda settings, _e, _c: check_alerts(make_alert_receiver(settings)), network=True),
    Check("public URL", lambda settings, _e, context: check_public_url(settings, context), network=True),
    Check("routes", lambda settings, _e, context: check_routes(settings, context), network=True),
    Check("shop", lambda settings, _e, context: check_shop(settings, context), network=True),
    Check("open port", lambda settings, _e, _c: check_open_port(settings), network=True),
    Check("clients", lambda settings, _e, context: check_client_address(settings, context), network=True),
)


def run_checks(environ: Environ, context: DoctorContext, *, offline: bool = False) -> Iterator[CheckResult]:
    """Results as they come. Wrong settings end it early: the other checks would check the wrong things."""
    try:
        settings = read_settings(environ)
    except ConfigurationError as error:
        yield from _problems(error, "settings")
        yield from (skipped(check.name, "not checked", "The settings come first.") for check in CHECKS)
        return
    source = f", with {context.env_file}" if context.env_file else ""
    yield ok("settings", f"complete; WIDGET_ENV={settings.env}{source}")
    environ, _file_problems = resolve_secret_files(environ)
    context = _with_settings(context, settings)
    for check in CHECKS:
        if check.network and offline:
            yield skipped(check.name, "not checked, because of --offline")
        else:
            yield from check.run(settings, environ, context)


def run_page_checks(environ: Environ, context: DoctorContext, address: str) -> Iterator[CheckResult]:
    """One page of the shop against these settings; of the installation nothing else is checked."""
    try:
        settings = read_settings(environ)
        rules = load_page_rules(settings.page_rules_file)
        load_offers(settings.offers_file, settings.allowed_origins, sandbox=settings.env == "sandbox")
    except ConfigurationError as error:
        yield from _problems(error, "settings")
        yield skipped("page", "not checked", "The settings come first.")
        return
    yield from check_page(address, settings, rules, _with_settings(context, settings))


def _with_settings(context: DoctorContext, settings: Settings) -> DoctorContext:
    """Calls go out as the server's own do."""
    return replace(
        context,
        transport=context.transport or make_transport(settings),
        ca_file=context.ca_file or ca_file(settings),
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
    except ConfigurationError as error:
        yield from _problems(error, "page rules")


def check_offers_file(settings: Settings) -> Iterator[CheckResult]:
    if settings.offers_file is None:
        yield skipped("offers", "WIDGET_OFFERS_FILE is not set", "No static page sells anything.")
        return
    try:
        offers = load_offers(settings.offers_file, settings.allowed_origins, sandbox=settings.env == "sandbox")
        yield ok("offers", f"the file can be used: {', '.join(offers)}")
    except ConfigurationError as error:
        yield from _problems(error, "offers")


def _problems(error: ConfigurationError, name: str) -> Iterator[CheckResult]:
    for text in error.problems:
        yield CheckResult("problem", name, *_split(text))


def _split(text: str) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    wrong, _, hint = text.partition("; ")
    end = "" if hint.endswith("?") or "://" in hint else "."
    return wrong, f"{hint[:1].upper()}{hint[1:]}{end}" if hint else _CORRECT
