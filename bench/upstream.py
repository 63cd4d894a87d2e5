"""A simulated StepPay that is much faster than any server that calls it: it sends prepared bytes.

python -m bench.upstream PORT TLS_PORT CERTIFICATE [MS]   (one PEM file with the key)

It answers the two calls of a verification, counts them, and waits MS before each answer, or what `/bench/delay/MS` said
last. It demands the Secret-Token, as StepPay does.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections import Counter
from typing import Any

from bench.event_loop import run
from bench.orders import CODE, ID_KEY, KINDS, order_pieces, receipt_pieces

TOKEN = "bench-T0ken-5d1c7e90ab34"
_SECRET = f"secret-token: {TOKEN}".lower().encode()
_ORDER, _RECEIPT, _CONTROL = b"/api/v1/orders/", b"/api/payment/receipt/", b"/bench/"


def _answer(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


_FORBIDDEN = _answer("403 Forbidden", b'{"errorCode":"forbidden"}')
_NOT_FOUND = _answer("404 Not Found", b'{"errorCode":"not_found"}')


class StepPay:
    """The answers, the delay and the counts, for all connections."""

    def __init__(self, delay_ms: int = 0) -> None:
        self.delay_seconds = delay_ms / 1000
        self.calls: Counter[str] = Counter()
        self._orders = {kind.encode(): _prepared(order_pieces(kind)) for kind in KINDS}
        self._receipts = {kind.encode(): _prepared(receipt_pieces(kind)) for kind in KINDS}

    def answer(self, head: bytes) -> tuple[bytes, float]:
        """The bytes to send and the seconds to wait before."""
        path = head[4 : head.find(b" ", 4)]
        if path.startswith(_CONTROL):
            return self._control(path.decode().split("/")[2:]), 0.0
        if _SECRET not in head.lower():
            return _FORBIDDEN, 0.0
        return self._call(path), self.delay_seconds

    def _call(self, path: bytes) -> bytes:
        if path.startswith(_ORDER):
            return self._find("order", CODE.fullmatch(path, len(_ORDER)), self._orders)
        if path.startswith(_RECEIPT):
            return self._find("receipt", ID_KEY.fullmatch(path, len(_RECEIPT)), self._receipts)
        return _NOT_FOUND

    def _find(self, name: str, match: object, prepared: dict[bytes, list[bytes]]) -> bytes:
        self.calls[name] += 1
        return match[2].join(prepared[match[1]]) if match else _NOT_FOUND  # type: ignore[index]

    def _control(self, words: list[str]) -> bytes:
        if words[0] == "delay":
            self.delay_seconds = float(words[1]) / 1000
        counts = _answer("200 OK", json.dumps(self.calls).encode())
        if words[0] == "reset":
            self.calls.clear()
        return counts


def _prepared(pieces: list[bytes]) -> list[bytes]:
    """Head and body around the digits: all answers of a kind have one length."""
    whole = _answer("200 OK", (b"0" * 10).join(pieces))
    return [whole[: whole.find(b"\r\n\r\n") + 4] + pieces[0], *pieces[1:]]


class Connection(asyncio.Protocol):
    """One keep-alive connection; callers send a request after the answer to the one before."""

    def __init__(self, steppay: StepPay) -> None:
        self._steppay = steppay
        self._head = b""

    def connection_made(self, transport: Any) -> None:  # uvloop's transports are no asyncio.Transport
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._head += data
        if not self._head.endswith(b"\r\n\r\n"):
            return
        answer, seconds = self._steppay.answer(self._head)
        self._head = b""
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._send, answer)
        else:
            self._transport.write(answer)

    def _send(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


async def serve(port: int, tls_port: int, certificate: str, delay_ms: int) -> None:
    loop, steppay = asyncio.get_running_loop(), StepPay(delay_ms)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    for number, tls in ((port, None), (tls_port, context)):
        await loop.create_server(lambda: Connection(steppay), "127.0.0.1", number, ssl=tls, backlog=2048)
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int((sys.argv[4:] or ["0"])[0])))
