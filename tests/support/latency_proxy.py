"""A line with latency between a front and the server behind it, on loopback: every byte and every end comes later."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SECONDS = 0.02
"""Each way, as to a server in another town."""


@contextmanager
def line_to(port: int) -> Iterator[int]:
    """The port of its near end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_listen(port), loop).result(60)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


async def _listen(port: int) -> asyncio.Server:
    async def accept(near_reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        with _aborted_at_the_end(near):
            await asyncio.sleep(SECONDS)
            with suppress(OSError):
                far_reader, far = await asyncio.open_connection("127.0.0.1", port)
                with _aborted_at_the_end(far):
                    await asyncio.gather(_carry(near_reader, far), _carry(far_reader, near))

    return await asyncio.start_server(accept, "127.0.0.1", 0, backlog=512)


@contextmanager
def _aborted_at_the_end(writer: asyncio.StreamWriter) -> Iterator[None]:
    """Else a connection that the end of the test cuts off would warn in another test, when its memory is freed."""
    try:
        yield
    finally:
        writer.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    later = asyncio.get_running_loop().call_later
    with suppress(OSError):
        while piece := await reader.read(65536):
            later(SECONDS, writer.write, piece)
    await asyncio.sleep(SECONDS * 1.01)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _end(server: asyncio.Server) -> None:
    server.close()
    own = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not own]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
