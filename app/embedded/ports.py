"""Loopback ports: is one free, and which one to take."""

import contextlib
import os
import socket
from pathlib import Path

_LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nothing listens there (a port in TIME_WAIT counts as free, as it does for servers)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(*wanted: int) -> int:
    """The first free one of `wanted`, else any that the system gives."""
    for port in wanted:
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(pid: int, port: int) -> bool:
    """Whether that very process listens on 127.0.0.1:`port` (an answer alone could come from somebody else)."""
    address = f"0100007F:{port:04X}"
    sockets = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == address and fields[3] == _LISTENING:
            sockets.add(f"socket:[{fields[9]}]")
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if os.readlink(descriptor) in sockets:
                    return True
    return False
