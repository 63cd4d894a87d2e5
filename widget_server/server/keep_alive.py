"""How long connections are kept, how many, and other limits of granian's HTTP/1."""

import resource

from granian.http import HTTP1Settings

KEEP_ALIVE_SECONDS = 125
"""How long an idle connection stays. Longer than reverse proxies keep theirs (nginx and AWS 60 s, Caddy 120 s), so that
the proxy closes it: a request sent just as the server closes it is lost (docs/decisions/0045)."""

CONNECTIONS = 4096
"""Of one process. granian accepts no more, and idle ones count; idle connections of proxies could fill its own 1024."""

_OPEN_FILES = 16384
"""As in deploy/systemd. Many shells allow 1024, which connections alone would use up."""

_HEAD_SECONDS = 10
"""For a request's head where connections are not kept."""

_BUFFER_BYTES = 32 * 1024
"""A head beyond twice as much is 431 (nginx passes 32 KiB on). granian's own 400 KiB can cost a second of parsing."""


def http1(keep_alive_seconds: int) -> HTTP1Settings:
    """0 keeps no connection. granian has one time for a request's head and for the idle time before it; without
    `HTTPModes.http1` an idle connection is never closed (docs/security/manual-penetration-test.md)."""
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
