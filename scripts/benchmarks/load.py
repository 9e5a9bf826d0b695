"""A load generator of our own: a few keep-alive connections in one thread, each asking again as it is answered.

`python -m scripts.benchmarks.load PORT HOST PATH CONNECTIONS SECONDS CORE` prints one JSON object.
"""

import json
import os
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field


@dataclass
class Connection:
    """One keep-alive connection: what has come of the answer that is awaited, and since when."""

    peer: socket.socket
    received: bytearray = field(default_factory=bytearray)
    since: float = 0.0
    length: int = -1

    def ask(self, request: bytes) -> None:
        """Send the request and begin to wait."""
        self.received.clear()
        self.length = -1
        self.since = time.perf_counter()
        self.peer.sendall(request)

    def answered(self) -> bool:
        """Read what is there; whether the whole answer has come. Raises where it is not a 200 with a length."""
        piece = self.peer.recv(65536)
        if not piece:
            raise ConnectionError("the server closed a connection")
        self.received += piece
        if self.length < 0 and (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.received[:end]).lower()
            if not head.startswith(b"http/1.1 200"):
                raise ConnectionError(f"the server answered {head[:40].decode()!r}")
            self.length = end + 4 + int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        return 0 < self.length <= len(self.received)


def run(port: int, host: str, path: str, connections: int, seconds: float) -> dict[str, float]:
    """Load the server for that long; returns rate (a second), latencies (ms) and the answer's size (bytes)."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n".encode()
    waiting, latencies, size = selectors.DefaultSelector(), [], 0
    for _ in range(connections):
        connection = Connection(socket.create_connection(("127.0.0.1", port)))
        connection.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(connection.peer, selectors.EVENT_READ, connection)
        connection.ask(request)
    begin = time.perf_counter()
    while (now := time.perf_counter()) - begin < seconds:
        for key, _ in waiting.select(timeout=1):
            if key.data.answered():
                latencies.append(time.perf_counter() - key.data.since)
                size = len(key.data.received)
                key.data.ask(request)
    latencies.sort()
    return {
        "rate": len(latencies) / (now - begin),
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
        "bytes": size,
        "answers": len(latencies),
    }


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[6])})
    print(json.dumps(run(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))))
