"""Starlette + aiohttp + orjson, and all that the verdict of a payment needs: see guarantees.py."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bench.peers.asynchronous import alive, answer, ask, session
from bench.peers.check import judge
from bench.peers.guarantees import ORIGINS, Ledger, RateLimit, order_code, signed

LONGEST_BODY = 4096


class AccessLog:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status = time.perf_counter(), 500

        async def sent(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await self._app(scope, receive, sent)
        line = {"at": datetime.now(UTC), "method": scope["method"], "path": scope["path"], "status": status}
        sys.stdout.buffer.write(orjson.dumps(line | {"ms": round((time.perf_counter() - began) * 1000)}) + b"\n")
        sys.stdout.buffer.flush()


@asynccontextmanager
async def started(app: Starlette) -> AsyncIterator[None]:
    async with session(app):
        app.state.ledger, app.state.limit = Ledger(), RateLimit()
        yield


async def verify(request: Request) -> Response:
    if not request.app.state.limit.allows(request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()):
        return Response(b'{"code":"rate_limited"}', 429, media_type="application/json")
    body = await request.body()
    code = order_code(body) if len(body) <= LONGEST_BODY else None
    if code is None:
        return Response(b'{"code":"invalid_request"}', 422, media_type="application/json")
    order = await ask(request, f"/api/v1/orders/{code}")
    verdict = judge(code, order, await ask(request, f"/api/payment/receipt/{order['idKey']}"))
    await request.app.state.ledger.record(verdict)
    return answer(signed(verdict))


routes = [Route("/healthz", alive), Route("/v1/verify", verify, methods=["POST"])]
middleware = [Middleware(AccessLog), Middleware(CORSMiddleware, allow_origins=ORIGINS, allow_methods=["POST"])]
app = Starlette(routes=routes, middleware=middleware, lifespan=started)
