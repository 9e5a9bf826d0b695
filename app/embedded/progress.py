"""What the person at the keyboard sees while things start: one line a step."""

import contextlib
import time
from collections.abc import Iterator


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Print `what`, run the block, then print how long it took (in seconds) where that was noticeable."""
    print(f"{what} …", end="", flush=True)
    begin = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    took = time.monotonic() - begin
    print(f" done ({took:.1f} s)" if took >= 0.1 else " done", flush=True)


def table(rows: list[tuple[str, ...]]) -> str:
    """The rows as aligned columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
