"""Stands for a container's first process that adopts orphans and never reaps them."""

import ctypes
import signal
import subprocess
import sys

_PR_SET_CHILD_SUBREAPER = 36

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    holder = subprocess.Popen([sys.executable, "-m", "tests.embedded.hold", *sys.argv[1:]])
    print(holder.pid, flush=True)
    signal.pause()
