"""A program that answers like a Firefox which is older than Playwright: it knows hardly a command of WebDriver BiDi.

Run as `python old_firefox.py [--version]`; the web socket is done by hand (RFC 6455), for short messages.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import sys
from typing import Any

VERSION = "Mozilla Firefox 140.12.0esr"
KNOWN: dict[str, Any] = {
    "session.new": {"sessionId": "1", "capabilities": {}},
    "session.subscribe": {},
    "browser.close": {},
}
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    if asked["method"] in KNOWN:
        return {"type": "success", "id": asked["id"], "result": KNOWN[asked["method"]]}
    return {"type": "error", "id": asked["id"], "error": "unknown command", "message": asked["method"]}


def shake_hands(connection: socket.socket) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    key = next(value for name, value in fields.items() if name.lower() == b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())  # noqa: S324 - RFC 6455 names it
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    connection.sendall(upgrade + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")


def exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_text(connection: socket.socket) -> str:
    size = exactly(connection, 2)[1] & 127
    if size >= 126:
        size = int.from_bytes(exactly(connection, 2 if size == 126 else 8), "big")
    mask, data = exactly(connection, 4), exactly(connection, size)
    return bytes(byte ^ mask[place % 4] for place, byte in enumerate(data)).decode()


def main() -> None:
    if "--version" in sys.argv:
        sys.stdout.write(VERSION + "\n")
        return
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stderr.write(f"WebDriver BiDi listening on ws://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stderr.flush()
        connection, _address = listening.accept()
        shake_hands(connection)
        asked: dict[str, Any] = {"method": ""}
        while asked["method"] != "browser.close":
            asked = json.loads(read_text(connection))
            body = json.dumps(answer(asked)).encode()
            connection.sendall(struct.pack(">BBH", 129, 126, len(body)) + body)


if __name__ == "__main__":
    main()
