"""Python runs this at the start of every server of the bench (PYTHONPATH): certifi's bundle with the bench's own
authority added. So certificates are checked, by all servers alike, against as many authorities as in production."""

from __future__ import annotations

import os

import certifi

if "BENCH_CA_BUNDLE" in os.environ:
    certifi.where = lambda: os.environ["BENCH_CA_BUNDLE"]
