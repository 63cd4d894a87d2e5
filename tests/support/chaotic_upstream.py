"""A StepPay that is slow, breaks off, resets, drips and drops idle connections, but always names the order it answers.

What happens to a request follows from the seed, its path and how often the path was asked for: the same in every run.
"""

from __future__ import annotations

import contextlib
import json
import random
import select
import socket
import struct
import threading
from collections import Counter

ORDERS = "/api/v1/orders/"
RECEIPTS = "/api/payment/receipt/"
_TROUBLE = {
    "prompt": 60,
    "late": 8,
    "silent": 2,
    "drip": 4,
    "reset_at_once": 2,
    "reset_in_head": 2,
    "reset_in_body": 3,
    "closed_in_body": 3,
    "closed_at_once": 3,
    "drops_when_idle": 6,
    "surplus": 2,
    "500": 3,
    "404": 1,
    "429": 1,
}
_OUTAGE = ("reset_at_once", "reset_in_head", "closed_at_once", "500")
"""What happens to the last 12 of every 300 requests."""
_DRIP_BYTES = 200
_DRIP_SECONDS = 0.002


def key_of(order_code: str) -> str:
    return "canaryKey" + order_code.removeprefix("order_")


def body_for(path: str) -> bytes:
    """Orders name their code and key, receipts their key, with enough around them to arrive in pieces."""
    if path.startswith(ORDERS):
        code = path.removeprefix(ORDERS)
        return json.dumps({"orderCode": code, "padding": code * 700, "idKey": key_of(code)}).encode()
    return json.dumps({"idKey": path.removeprefix(RECEIPTS)}).encode()


def response(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class ChaoticUpstream:
    """`calm`: every request is answered at once, after `gate`. `asked` counts the requests by path, `arrived` signals
    each, `seen` counts by what happened to them, `open` counts connections that the client has not closed yet."""

    def __init__(self, seed: int, late_seconds: float) -> None:
        self._seed, self._late_seconds = seed, late_seconds
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.calm = False
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Semaphore(0)
        self.asked: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.open = 0

    def __enter__(self) -> ChaoticUpstream:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def wait_until_all_closed(self, seconds: float = 30) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.open == 0, seconds)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with self._changed:
                    self.open += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(60)
            with connection, contextlib.suppress(OSError):
                while (path := _read_path(connection)) and self._answer(connection, path):
                    pass
        finally:
            with self._changed:
                self.open -= 1
                self._changed.notify_all()

    def _answer(self, peer: socket.socket, path: str) -> bool:
        """Whether the connection goes on."""
        with self._changed:
            self.asked[path] += 1
            chance = random.Random(f"{self._seed} {path} {self.asked[path]}")
            event = self._event(chance)
            self.seen[event] += 1
        self.arrived.release()
        self.gate.wait(60)
        whole = response(body_for(path))
        in_body = chance.randrange(whole.index(b"{"), len(whole))
        return {
            "late": lambda: self._late(peer, whole, chance.uniform(0.2, 2.5)),
            "silent": lambda: self._wait_for_end(peer),
            "drip": lambda: self._drip(peer, whole),
            "reset_at_once": lambda: _reset(peer, b""),
            "reset_in_head": lambda: _reset(peer, whole[: chance.randrange(1, 60)]),
            "reset_in_body": lambda: _reset(peer, whole[:in_body]),
            "closed_in_body": lambda: _send(peer, whole[:in_body], keep=False),
            "closed_at_once": lambda: False,
            "drops_when_idle": lambda: _send(peer, whole, keep=False),
            "surplus": lambda: _send(peer, whole + response(body_for(f"{ORDERS}order_of_another")), keep=True),
            "500": lambda: _send(peer, response(body_for(path), "500 Internal Server Error"), keep=True),
            "404": lambda: _send(peer, response(b"{}", "404 Not Found"), keep=True),
            "429": lambda: _send(peer, response(b"{}", "429 Too Many Requests"), keep=True),
        }.get(event, lambda: _send(peer, whole, keep=True))()

    def _event(self, chance: random.Random) -> str:
        if self.calm:
            return "prompt"
        if self.asked.total() % 300 >= 288:
            return chance.choice(_OUTAGE)
        return chance.choices([*_TROUBLE], [*_TROUBLE.values()])[0]

    def _late(self, peer: socket.socket, whole: bytes, times: float) -> bool:
        """Around the client's deadline: before it, in the middle of it or long after the client has given up."""
        self._stop.wait(self._late_seconds * times)
        return _send(peer, whole, keep=True)

    def _drip(self, peer: socket.socket, whole: bytes) -> bool:
        for start in range(0, len(whole), _DRIP_BYTES):
            peer.sendall(whole[start : start + _DRIP_BYTES])
            if self._stop.wait(_DRIP_SECONDS):
                return False
        return True

    def _wait_for_end(self, peer: socket.socket) -> bool:
        """Until the client ends the connection: a client without a deadline hangs here."""
        while not self._stop.is_set():
            readable, _, _ = select.select([peer], [], [], 0.2)
            if readable and not peer.recv(4096):
                break
        return False


def _read_path(peer: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = peer.recv(4096)
        if not piece:
            return ""
        received += piece
    return received.split(b" ", 2)[1].decode()


def _send(peer: socket.socket, raw: bytes, *, keep: bool) -> bool:
    peer.sendall(raw)
    return keep


def _reset(peer: socket.socket, raw: bytes) -> bool:
    """Lingering for zero seconds makes close() send RST instead of FIN."""
    peer.sendall(raw)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False
