"""`widget-server serve` with few threads, so that a slow StepPay is its limit, not the machine. All else is as shipped.

python -m bench.few_places serve ...
"""

from __future__ import annotations

from widget_server.cli import main, serve

PLACES = 64

if __name__ == "__main__":
    vars(serve)["THREADS"] = PLACES
    main()
