"""The real web application and the real worker, which kill themselves once at each named point.

`python -m tests.support.crash_injection FOLDER web PORT` or `... FOLDER worker`; `orders` in the place of `web` dies
while it makes an order. A file in FOLDER remembers each point that was met, so the next start gets past it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from widget_server.adapters.store import checkouts, inbox, jobs, ledger, order_requests
from widget_server.adapters.store.checkouts import SqlCheckouts
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.inbox import SqlInbox
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.order_requests import SqlOrderRequests
from widget_server.adapters.webhooks_out.sender import WebhookSender
from widget_server.app import create_app
from widget_server.config import read_settings
from widget_server.server import worker as loop
from widget_server.services import order_customer, order_once, verification
from widget_server.worker_app import make_worker

WEB_POINTS: dict[str, tuple[Any, str]] = {
    "event inserted, not committed": (inbox, "add_job"),
    "event committed, not answered": (SqlInbox, "accept"),
    "checkout inserted, not committed": (checkouts, "bring_nearer"),
    "checkout committed, not answered": (SqlCheckouts, "add"),
    "verdict recorded, not answered": (verification, "record_verdict"),
}
WORKER_POINTS: dict[str, tuple[Any, str]] = {
    "job taken": (SqlJobs, "lease"),
    "StepPay asked": (verification, "fetch_evidence"),
    "order row made, not committed": (ledger, "insert_or_ignore"),
    "transition inserted, not committed": (ledger, "_note_transition"),
    "delivery inserted, not committed": (ledger, "add_delivery"),
    "verdict recorded": (verification, "record_verdict"),
    "event closed, not committed": (inbox, "finish_job"),
    "event closed": (SqlInbox, "close"),
    "try begun": (SqlDeliveries, "begin_attempt"),
    "webhook sent": (WebhookSender, "send"),
    "try noted, not committed": (SqlDeliveries, "_move"),
    "try noted": (SqlDeliveries, "end_attempt"),
}
ORDER_POINTS: dict[str, tuple[Any, str]] = {
    "key noted": (SqlOrderRequests, "take"),
    "customer made": (order_customer, "_make"),
    "order noted as sent": (SqlOrderRequests, "mark_sent"),
    "order made, not noted": (order_once, "_send"),
    "order bound, not committed": (order_requests, "bind_in"),
    "order committed, not answered": (SqlOrderRequests, "complete"),
}
"""After each of these calls, in the order in which one event meets them."""
LEASE = timedelta(seconds=1)


def die_after(where: Any, name: str, mark: Path) -> None:
    """Let the next call that gives something end in SIGKILL, once."""
    call: Callable[..., Any] = getattr(where, name)

    def dying(*args: Any, **kwargs: Any) -> Any:
        result = call(*args, **kwargs)
        if not mark.exists() and result != []:
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(where, name, dying)


def mark_of(folder: Path, point: str) -> Path:
    return folder / f"met-{point.replace(' ', '-').replace(',', '')}"


def main(folder: Path, role: str, port: int = 0) -> None:
    for point, (where, name) in {"web": WEB_POINTS, "orders": ORDER_POINTS, "worker": WORKER_POINTS}[role].items():
        die_after(where, name, mark_of(folder, point))
    settings = read_settings(os.environ)
    order_requests.LEASE = order_once.SETTLED_AFTER = LEASE
    if role != "worker":
        make_server("127.0.0.1", port, create_app(settings), threaded=True).serve_forever()
    jobs.LEASE, loop.POLL_SECONDS = LEASE, 0.05
    make_worker(settings).run(threading.Event())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
