"""Starlette + aiohttp + orjson, served by granian with uvloop: the fastest that Python has without threads."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import certifi
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.peers.check import judge

STEPPAY, HEADERS = os.environ["STEPPAY_API_URL"], {"Secret-Token": os.environ["STEPPAY_SECRET_TOKEN"]}


@asynccontextmanager
async def session(app: Starlette) -> AsyncIterator[None]:
    limits = aiohttp.TCPConnector(limit=0, ssl=trusted())
    async with aiohttp.ClientSession(connector=limits, timeout=aiohttp.ClientTimeout(8), headers=HEADERS) as made:
        app.state.session = made
        yield


def trusted() -> ssl.SSLContext:
    """aiohttp would trust the system's authorities; all Python servers here trust certifi's (bench/trust)."""
    return ssl.create_default_context(cafile=certifi.where())


async def alive(_request: Request) -> Response:
    return answer({"status": "ok"})


async def verify(request: Request) -> Response:
    code = orjson.loads(await request.body())["orderCode"]
    order = await ask(request, f"/api/v1/orders/{code}")
    receipt = await ask(request, f"/api/payment/receipt/{order['idKey']}")
    return answer(judge(code, order, receipt))


async def ask(request: Request, path: str) -> Any:
    async with request.app.state.session.get(STEPPAY + path, allow_redirects=False) as found:
        found.raise_for_status()
        return orjson.loads(await found.read())


def answer(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")


routes = [Route("/healthz", alive), Route("/v1/verify", verify, methods=["POST"])]
app = Starlette(routes=routes, lifespan=session)
