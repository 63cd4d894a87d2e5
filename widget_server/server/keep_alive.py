"""How long connections are kept, how many, and what granian's HTTP/1 allows besides."""

from __future__ import annotations

import resource

from granian.http import HTTP1Settings

KEEP_ALIVE_SECONDS = 125
"""How long a silent connection stays. Longer than fronts keep theirs (nginx and AWS 60 s, Caddy 120 s), so that the
front ends it: what is sent just as we end it is lost (docs/decisions/0045)."""

CONNECTIONS = 4096
"""Of one process. granian accepts no more, and silent ones count; its own 1024 could be filled by what fronts keep."""

_OPEN_FILES = 16384
"""As in deploy/systemd. Many shells allow 1024, which connections alone would use up."""

_HEAD_SECONDS = 10
"""For a request's head where connections are not kept."""

_BUFFER_BYTES = 32 * 1024
"""A head beyond twice as much is 431 (nginx passes 32 KiB on). granian's own 400 KiB can cost a second of parsing."""


def http1(keep_alive_seconds: int) -> HTTP1Settings:
    """0 keeps no connection. granian has one time for a request's head and for the silence before it; without
    `HTTPModes.http1` a silent connection keeps its place for ever (docs/security/manual-penetration-test.md)."""
    milliseconds = (keep_alive_seconds or _HEAD_SECONDS) * 1000
    return HTTP1Settings(
        header_read_timeout=milliseconds, keep_alive=keep_alive_seconds > 0, max_buffer_size=_BUFFER_BYTES
    )


def allow_connections() -> None:
    """This process and those it starts may open as many files as the system lets them, up to what is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
