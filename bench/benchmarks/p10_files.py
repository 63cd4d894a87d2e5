"""P10: the widget's file, compared with nginx on the same core."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from string import Template

from bench import load
from bench.benchmarks.comparison import OURS
from bench.context import Bench, Sample, measure_once, median, ratio
from bench.result import MET, MISSED, Goal, Result, goal, not_measured
from bench.servers import ROOT, Server, Starter, free_port
from bench.workload import Get

NGINX = "nginx"
WIDGET = ROOT / "static" / "js" / "widget.js"
CONFIG = Template("""\
daemon off; master_process off; error_log stderr; pid $folder/pid;
events { worker_connections 1024; }
http {
  access_log off; types { text/javascript js; } gzip_static on; keepalive_requests 1000000000;
  client_body_temp_path $folder/t1; proxy_temp_path $folder/t2; fastcgi_temp_path $folder/t3;
  uwsgi_temp_path $folder/t4; scgi_temp_path $folder/t5;
  open_file_cache max=10; sendfile on;
  server {
    listen 127.0.0.1:$port; root $folder/files;
    location = /healthz { return 200 ok; }
    location = /v1/widget.js { add_header Access-Control-Allow-Origin *; add_header Cache-Control max-age=300; }
  }
}
""")


def measure(bench: Bench) -> Result:
    result = Result("P10", "The widget's file")
    server = bench.starter.ours(OURS)
    try:
        result.goals += [_compressed(server, coding) for coding in ("br", "gzip")]
        result.goals.append(_unchanged(server))
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if program is None:
            result.goals.append(not_measured("speed, as a multiple of nginx", "nginx is not installed"))
        else:
            _beside_nginx(bench, server, program, result)
    finally:
        bench.starter.stop()
    return result


def _ask(coding: str, needs: bytes = b"") -> Callable[[], Get]:
    return lambda: Get("/v1/widget.js", f"Accept-Encoding: {coding}", needs=needs)


def _compressed(server: Server, coding: str) -> Goal:
    window = load.closed_loop(
        server.port, _ask(coding, f"\r\ncontent-encoding: {coding}".encode()), count=4, connections=1
    )
    return Goal(
        f"{coding} for browsers that take it", "yes", "no" if window.wrong else "yes", MISSED if window.wrong else MET
    )


def _unchanged(server: Server) -> Goal:
    """An ETag that is asked for again is answered by 304."""
    seen: list[bytes] = []

    class First(Get):
        def take(self, status: int, head: bytes, body: bytes) -> None:
            seen.append(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"etag:"))[5:].strip())

    load.closed_loop(server.port, lambda: First("/v1/widget.js"), count=1, connections=1)
    again = Get("/v1/widget.js", f"If-None-Match: {seen[0].decode()}", status=304)
    window = load.closed_loop(server.port, lambda: again, count=1, connections=1)
    return Goal(
        "304 for an ETag that still holds", "yes", "no" if window.wrong else "yes", MISSED if window.wrong else MET
    )


def _beside_nginx(bench: Bench, server: Server, program: str, result: Result) -> None:
    servers = [server, _start_nginx(bench.starter, program)]
    for one in servers:
        load.closed_loop(one.port, _ask("gzip"), count=2_000)
    bench.say("P10: the file, in turn with nginx")
    turns: dict[str, list[Sample]] = {one.name: [] for one in servers}
    for _ in range(bench.rounds):
        for one in servers:
            turns[one.name].append(measure_once(one, lambda: _window(bench, one)))  # noqa: B023
    a_second = {name: [1e6 / turn.cpu_us for turn in taken] for name, taken in turns.items()}
    found = ratio(a_second[OURS], a_second[NGINX])
    result.goals.append(goal("files for a second of CPU, as a multiple of nginx", found, 0.7, " x", at_least=True))
    result.rows = [("", "files for a second of CPU", "files/s", "load's core busy")]
    for name, taken in turns.items():
        busy = median([turn.window.own_cpu_seconds / turn.window.seconds for turn in taken])
        rate = median([turn.window.rate for turn in taken])
        result.rows.append((name, f"{median(a_second[name]):,.0f}", f"{rate:,.0f}", f"{busy:.0%}"))
    result.notes.append(
        "By CPU time, because nginx answers faster than the load can ask. Both were asked for gzip; nginx has a "
        "prepared file."
    )


def _window(bench: Bench, server: Server) -> load.Window:
    return load.closed_loop(server.port, _ask("gzip"), seconds=bench.window_seconds)


def _start_nginx(starter: Starter, program: str) -> Server:
    """One process, no change of user: the files are in a folder that is ours alone."""
    folder, port = starter.new_folder(), free_port()
    (folder / "files" / "v1").mkdir(parents=True)
    copy = folder / "files" / "v1" / "widget.js"
    shutil.copy(WIDGET, copy)
    Path(f"{copy}.gz").write_bytes(gzip.compress(WIDGET.read_bytes(), 9, mtime=0))
    config = folder / "nginx.conf"
    config.write_text(CONFIG.substitute(folder=folder, port=port), "utf-8")
    return starter.start(NGINX, port, folder, [program, "-p", str(folder), "-c", str(config)], {})
