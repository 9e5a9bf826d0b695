"""Named points at which a test may let a process die or fail. Without a test they do nothing."""

from collections.abc import Callable

_hook: list[Callable[[str], None]] = []


def failpoint(name: str) -> None:
    """Let whoever armed the process decide what happens here; nobody does outside of tests."""
    for hook in _hook:
        hook(name)


def arm(hook: Callable[[str], None] | None) -> None:
    """Call `hook` with the name of every point that is passed from now on; None ends that."""
    _hook[:] = [hook] if hook else []
