"""`widget-server serve` with one thing taken out, to see what it costs. Everything else is as shipped.

python -m bench.ablation serve ...   without the ledger
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from flask import Flask
from granian import Granian

from widget_server.app import create_app
from widget_server.cli import main, serve
from widget_server.config import read_settings
from widget_server.domain.model import Verdict
from widget_server.domain.transitions import OrderState, state_from_verdict
from widget_server.logs import configure_logs
from widget_server.parts import make_deps


class Forgetful:
    """`ports.Ledger` that keeps nothing."""

    def record(self, verdict: Verdict, cause: str) -> tuple[OrderState, bool]:
        return state_from_verdict(verdict), False

    def find(self, order_code: str) -> None:
        return None

    def find_code(self, order_id: int) -> None:
        return None

    def ask_for_review(self, order_code: str) -> None:
        return None


def build_app() -> Flask:
    """As `widget_server.cli.serve.build_app`."""
    configure_logs(json_lines=True)
    settings = read_settings(os.environ)
    return create_app(settings, replace(make_deps(settings), ledger=Forgetful()))


def elsewhere(_target: str, **options: Any) -> Any:
    """The same server, which builds its application here."""
    return Granian("bench.ablation:build_app", **options)


if __name__ == "__main__":
    vars(serve)["Granian"] = elsewhere
    main()
