"""What the person at the keyboard sees while things start: one line a step, with dots while it takes its time."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

_A_DOT_EVERY = 2.0  # seconds


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Print `what`, run the block, then print how long it took (in seconds) where that was noticeable."""
    out = sys.stdout  # the block may redirect it
    print(f"{what} …", end="", flush=True, file=out)
    begin, over = time.monotonic(), threading.Event()

    def dot() -> None:
        while not over.wait(_A_DOT_EVERY):
            print(".", end="", flush=True, file=out)

    dots = threading.Thread(target=dot, daemon=True)
    dots.start()
    try:
        yield
    except BaseException:
        over.set()
        print(flush=True, file=out)
        raise
    over.set()
    dots.join()
    took = time.monotonic() - begin
    print(f" done ({took:.1f} s)" if took >= 0.1 else " done", flush=True, file=out)
