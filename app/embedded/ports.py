"""Loopback ports: is one free, and which one to take."""

import socket


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
