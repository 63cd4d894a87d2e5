"""What `widget-server init` asks. Without a terminal it asks nothing, and the settings say what is missing."""

import secrets
import sys

import click

from widget_server.cli.addresses import SIMULATOR_PORT, webhook_address
from widget_server.cli.environment import process_environment
from widget_server.config.addresses import shop_beside
from widget_server.config.settings import TABLE
from widget_server.config.table import Given, Invalid

_ROWS = {row.name: row for row in TABLE.values()}
_SANDBOX = {"WIDGET_PUBLIC_URL": "http://127.0.0.1:8081", "WIDGET_ALLOWED_ORIGINS": "http://localhost:3000"}


def rehearse(values: dict[str, str]) -> None:
    """Adds the settings for the simulated StepPay on this machine."""
    for name, default in _SANDBOX.items():
        _ask(values, name, name, default=default)
    values["STEPPAY_API_URL"] = f"http://127.0.0.1:{SIMULATOR_PORT}"
    values["STEPPAY_SECRET_TOKEN"] = f"rehearsal-{secrets.token_hex(16)}"
    values["STEPPAY_WEBHOOK_SECRETS"] = f"rehearsal-{secrets.token_hex(16)}"


def ask_all(values: dict[str, str], token: str) -> None:
    """Adds what only the operator knows. The webhook's secret comes last: StepPay's portal has it once the address is
    entered there. `token`: the Secret-Token, or "" to look for it and to ask."""
    _ask(values, "WIDGET_PUBLIC_URL", "This server as browsers see it, such as https://pay.shop.kr")
    if not shop_beside(Given(values)):
        _ask(values, "WIDGET_ALLOWED_ORIGINS", "Your shop's origins, such as https://shop.kr,https://www.shop.kr")
    values["STEPPAY_SECRET_TOKEN"] = token or process_environment().get("STEPPAY_SECRET_TOKEN", "")
    _ask(values, "STEPPAY_SECRET_TOKEN", "The Secret-Token of StepPay's portal (not shown)", hidden=True)
    values["STEPPAY_WEBHOOK_SECRETS"] = process_environment().get("STEPPAY_WEBHOOK_SECRETS", "")
    question = f"Enter {webhook_address(values.get('WIDGET_PUBLIC_URL', ''))} as a webhook in StepPay's portal.\n"
    question += "Its secret there (not shown; Enter for later)"
    _ask(values, "STEPPAY_WEBHOOK_SECRETS", question, default="", hidden=True)
    values["WIDGET_TRUSTED_PROXIES"] = "1"  # the one that has the certificate


def _ask(values: dict[str, str], name: str, question: str, *, default: str | None = None, hidden: bool = False) -> None:
    """Asks again for what is no value of this setting. Without a terminal: the default, if there is one."""

    def checked(text: str) -> str:
        try:
            if text.strip():
                _ROWS[name].parse(text.strip(), Given(values))
        except Invalid as error:
            raise click.UsageError(f"{name}: {'; '.join(map(str, error.problems))}") from None
        return text.strip()

    if values.get(name):
        return
    if not sys.stdin.isatty():
        values[name] = default or ""
        return
    values[name] = click.prompt(
        question, default=default, hide_input=hidden, show_default=bool(default), value_proc=checked, err=True
    )
