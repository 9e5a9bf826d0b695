"""Servers of this machine that nobody should reach, or that behave badly."""

import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Behaviour = Callable[[socket.socket, bytes], None]


def plainly(link: socket.socket, _asked: bytes) -> None:
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


class Listener:
    """Counts who connects; answers each with `behaviour`, which gets the head of the request."""

    def __init__(self, behaviour: Behaviour = plainly, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"):
        self.behaviour, self.tls = behaviour, tls
        self.asked: list[bytes] = []
        self.connections = 0
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.socket.bind((host, 0))
        self.socket.listen(16)
        self.port = int(self.socket.getsockname()[1])
        self.threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(timeout=5)
        self.socket.close()
        for thread in self.threads:
            thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._answer, args=(link,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _answer(self, link: socket.socket) -> None:
        try:
            with self.tls.wrap_socket(link, server_side=True) if self.tls else link as line:
                line.settimeout(5)
                head = b""
                while b"\r\n\r\n" not in head and (part := line.recv(65536)):
                    head += part
                self.asked.append(head)
                self.behaviour(line, head)
        except OSError:
            link.close()
