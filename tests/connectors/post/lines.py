"""A line that breaks: a TCP connection to a real server, cut after so many bytes in either direction."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def _pass_on(source: socket.socket, target: socket.socket, most: int | None) -> None:
    passed = 0
    with suppress(OSError):
        while octets := source.recv(65536 if most is None else min(65536, most - passed)):
            target.sendall(octets)
            passed += len(octets)
            if most is not None and passed >= most:
                break
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def cut(port: int, *, to_us: int | None = None, from_us: int | None = None) -> Iterator[int]:
    """Lend a port that leads to another one here; the line breaks after that many bytes have come to us, or gone from us."""
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", port))
                sockets.extend((near, far))
                for ends in ((far, near, to_us), (near, far, from_us)):
                    threads.append(threading.Thread(target=_pass_on, args=ends))
                    threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        for one in sockets:
            one.close()


@contextmanager
def silent(greeting: bytes = b"") -> Iterator[int]:
    """Lend a port where somebody listens, says one thing at most, and then nothing."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    one, _ = listening.accept()
                    kept.append(one)
                    one.sendall(greeting)

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for one in kept:
                one.close()
