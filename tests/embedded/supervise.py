"""Supervises one program until told to stop: something for the tests to signal and kill."""

import sys
from pathlib import Path

from app.embedded.home import Home
from app.embedded.supervisor import Program, Stopped, Supervisor, stop_on_signals

if __name__ == "__main__":
    home, supervisor = Home(Path(sys.argv[1])), Supervisor(print)
    program = Program(
        "program", [sys.executable, "-c", "import signal; signal.pause()"], home.log("program"), Path("/"), {}
    )
    try:
        stop_on_signals()
        supervisor.take(program)
        assert program.child is not None
        print(program.child.process.pid, flush=True)
        supervisor.watch()
    except Stopped:
        supervisor.stop()
