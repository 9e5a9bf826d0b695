"""What the supervisor keeps comes back after a crash and never outlives it."""

import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.embedded.errors import ChildFailed
from app.embedded.home import Home
from app.embedded.supervisor import Program, Stopped, Supervisor
from tests.embedded.conftest import CHECKOUT, Launch, first_line, kill, state_of, wait_until

FOREVER = "import signal; signal.pause()"
WITH_A_CHILD = f"""
import subprocess, sys, pathlib
child = subprocess.Popen([sys.executable, "-c", {FOREVER!r}])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
child.wait()
"""


Make = Callable[..., Program]


@pytest.fixture
def make(home: Home) -> Iterator[Make]:
    made: list[Program] = []

    def program(code: str, *arguments: str | Path, name: str = "program", **more: object) -> Program:
        command = [sys.executable, "-c", code, *arguments]
        made.append(Program(name, command, home.log(name), CHECKOUT, {}, **more))  # type: ignore[arg-type]
        return made[-1]

    yield program
    for each in made:
        each.stop()


def watch_until(supervisor: Supervisor, is_so: Callable[[], bool]) -> None:
    """Let the supervisor look after its parts in this, the main thread, until something is so."""
    before = signal.signal(signal.SIGUSR1, _stop)
    main = threading.main_thread().ident
    assert main is not None

    def tell() -> None:
        wait_until(is_so, 20)
        signal.pthread_kill(main, signal.SIGUSR1)

    teller = threading.Thread(target=tell)
    teller.start()
    with suppress(Stopped):
        supervisor.watch()
    teller.join()
    signal.signal(signal.SIGUSR1, before)


def _stop(*_: object) -> None:
    raise Stopped


def pid(program: Program) -> int:
    return program.child.process.pid if program.child else 0


def test_a_killed_program_is_started_again(make: Make) -> None:
    said: list[str] = []
    supervisor, program = Supervisor(said.append), make(FOREVER)
    supervisor.take(program)
    first = pid(program)
    kill(first)
    watch_until(supervisor, lambda: pid(program) not in (0, first))
    assert said == ["The program ended unexpectedly; starting it again."]
    supervisor.stop()
    assert not program.alive()


def test_what_a_killed_program_left_running_is_ended_before_it_starts_again(make: Make, root: Path) -> None:
    supervisor, program = Supervisor(print), make(WITH_A_CHILD, root / "child")
    supervisor.take(program)
    wait_until(lambda: (root / "child").exists() and bool((root / "child").read_text()))
    left, first = int((root / "child").read_text()), pid(program)
    kill(first)
    watch_until(supervisor, lambda: pid(program) not in (0, first))
    assert state_of(left) in ("", "Z")
    supervisor.stop()


def test_a_program_that_keeps_crashing_is_tried_ever_less_often(make: Make, root: Path) -> None:
    code = "import sys, time; open(sys.argv[1], 'a').write(f'{time.time()}\\n')"
    log = root / "starts"
    supervisor = Supervisor(lambda _line: None)
    supervisor.take(make(code, log))
    watch_until(supervisor, lambda: log.exists() and len(log.read_text().splitlines()) >= 4)
    starts = [float(line) for line in log.read_text().splitlines()]
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert gaps[0] < gaps[-1]
    supervisor.stop()


def test_a_program_that_does_not_get_ready_is_stopped_and_its_log_shown(make: Make) -> None:
    program = make("print('no such table', flush=True)", ready=lambda: False)
    with pytest.raises(ChildFailed, match="no such table"):
        Supervisor(print).take(program)
    assert not program.alive()


def test_parts_stop_in_reverse_order(make: Make, root: Path) -> None:
    say_goodbye = """
import pathlib, signal, sys
def leave(*_):
    with open(sys.argv[1], "a") as file: file.write(sys.argv[2])
    sys.exit()
signal.signal(signal.SIGTERM, leave)
pathlib.Path(sys.argv[1] + sys.argv[2]).touch()
signal.pause()
"""
    supervisor, log = Supervisor(print), root / "order"
    for name in "abc":
        ready = root / f"order{name}"
        supervisor.take(make(say_goodbye, log, name, name=name, ready=ready.exists))
    supervisor.stop()
    assert log.read_text() == "cba"


def test_a_program_that_ignores_its_stop_signal_is_ended_all_the_same(make: Make, root: Path) -> None:
    deaf = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
signal.pause()
"""
    ready = root / "ready"
    program = make(deaf, ready, ready=ready.exists, stop_patience=0.3)
    program.start()
    victim = pid(program)
    program.stop()
    assert state_of(victim) == ""


def test_killing_the_supervisor_ends_its_programs(launch: Launch, home: Home) -> None:
    holder = launch("tests.embedded.supervise", home.root)
    child = first_line(holder)
    kill(holder.pid)
    holder.wait()
    wait_until(lambda: state_of(child) in ("", "Z"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_once_however_often_it_comes(launch: Launch, home: Home, how: signal.Signals) -> None:
    holder = launch("tests.embedded.supervise", home.root)
    child = first_line(holder)
    for _ in range(3):
        with suppress(ProcessLookupError):
            holder.send_signal(how)
        time.sleep(0.05)
    assert holder.wait(10) == 0
    assert state_of(child) == ""


def test_nohup_is_respected(launch: Launch, home: Home) -> None:
    command = ["nohup", sys.executable, "-m", "tests.embedded.supervise", str(home.root)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as holder:
        first_line(holder)
        holder.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        assert holder.poll() is None
        holder.terminate()
        assert holder.wait(10) == 0
