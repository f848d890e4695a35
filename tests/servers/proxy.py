"""A TCP proxy that counts connections and round trips, and can delay both directions."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that passed: of which connection, from where, and when they came and went (`time.perf_counter`)."""

    connection: int
    from_client: bool
    arrived: float
    delivered: float


class CountingProxy:
    """Listens on a free port of 127.0.0.1 and passes everything on to `port`.

    `delay` is added to each direction, in seconds, as a longer cable would: what is under way does not wait for what
    follows, and the TCP handshake with the proxy itself is not delayed. `chunks` tells when what passed really came and
    went: a machine under load is late.
    """

    def __init__(self, port: int, *, delay: float = 0.0) -> None:
        self.target = port
        self.delay = delay
        self.connections = 0
        self.open_connections = 0
        self.round_trips = 0
        self.chunks: list[Chunk] = []
        self.accepted: list[float] = []
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy-to-{port}", daemon=True)
        self._thread.start()
        self._server = self._run(self._listen())

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        number = self.connections
        self.connections += 1
        self.open_connections += 1
        self.accepted.append(time.perf_counter())
        self._writers.add(writer)
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
        else:
            self._writers.add(server_writer)
            turns = _Turns(self)
            await asyncio.gather(
                self._pass_on(reader, server_writer, turns.client_spoke, number),
                self._pass_on(server_reader, writer, turns.server_spoke, number),
                return_exceptions=True,
            )
            self._writers.discard(server_writer)
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            self.open_connections -= 1

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, spoke: Callable[[], bool], number: int
    ) -> None:
        line: asyncio.Queue[tuple[float, bool, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                arrived, from_client, data = await line.get()
                await asyncio.sleep(max(0.0, arrived + self.delay - time.perf_counter()))
                if not data:
                    break
                writer.write(data)
                self.chunks.append(Chunk(number, from_client, arrived, time.perf_counter()))
                await writer.drain()
            writer.close()

        delivery = asyncio.ensure_future(deliver())
        try:
            with contextlib.suppress(ConnectionError):
                while data := await reader.read(CHUNK):
                    line.put_nowait((time.perf_counter(), spoke(), data))
            line.put_nowait((time.perf_counter(), False, b""))
            await delivery
        except ConnectionError:
            writer.close()
        finally:
            delivery.cancel()
            await asyncio.gather(delivery, return_exceptions=True)

    def drop_connections(self) -> None:
        """Cut every connection that is open now, as a network that fails would."""
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def stop(self) -> None:
        """Close the port and every connection, and end the thread."""
        if self._loop.is_closed():
            return
        self._run(self._shut_down())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _shut_down(self) -> None:
        self._server.close()
        self._abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def __enter__(self) -> CountingProxy:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


class _Turns:
    """Counts a round trip each time the client speaks after the server, or first."""

    def __init__(self, proxy: CountingProxy) -> None:
        self.proxy = proxy
        self.client_has_the_word = True

    def client_spoke(self) -> bool:
        """Take note; True for a client."""
        if self.client_has_the_word:
            self.proxy.round_trips += 1
            self.client_has_the_word = False
        return True

    def server_spoke(self) -> bool:
        """Take note; False for a server."""
        self.client_has_the_word = True
        return False
