"""The server with quick leases, to be killed while it makes orders: `python -m tests.support.order_server PORT`."""

from __future__ import annotations

import os
import sys
from datetime import timedelta

from werkzeug.serving import make_server

from widget_server.adapters.store import order_requests
from widget_server.app import create_app
from widget_server.config import read_settings
from widget_server.services import create_order, order_once


def main(port: int) -> None:
    """The times keep their order: one attempt, the lease, and when an order that is not there was never made."""
    create_order.BUDGET_SECONDS = 4.0
    order_requests.LEASE, order_once.SETTLED_AFTER = timedelta(seconds=6), timedelta(seconds=15)
    make_server("127.0.0.1", port, create_app(read_settings(os.environ)), threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
