"""A process that dies or fails where a test says: `python -m tests.support.crashing`, a line of JSON for each life.

It loads the product once and forks for each life, before it has any connection. Answers each line with how that ended.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from app.config import Settings
from app.core import clock
from app.core.failpoints import arm
from app.core.tasks import TaskContext
from app.integrations.chain import wire
from app.modules.chain import tasks_sending
from app.signer import run
from app.signer.answering import answer_all
from tenants import service as tenancy
from tenants import session


class Failed(Exception):
    """What a failpoint raises."""


class Crasher:
    """Starts lives of the worker or the signer that end at a failpoint."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.support.crashing"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=Path(__file__).parents[2])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def begin(self, **life: Any) -> None:
        """Begin a life; `end` tells how it went."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(life) + "\n")
        self.process.stdin.flush()

    def end(self) -> str:
        """Return `killed`, `failed` or `lived`."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


def main() -> None:
    """Live once for each line."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_live(**json.loads(line)))
        _, status = os.waitpid(child, 0)
        ended = "killed" if os.WIFSIGNALED(status) else "failed" if os.WEXITSTATUS(status) == 3 else "lived"
        print(ended, flush=True)


def _live(home: str, rpc_url: str, signer_url: str, role: str, point: str, how: str, **about: str) -> int:
    os.environ["PORTICO_HOME"] = home
    settings = replace(Settings.from_env(), rpc_url=rpc_url)
    reached: list[str] = []

    def hook(name: str) -> None:
        if name == point and not reached:
            reached.append(name)
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise Failed(name)

    arm(hook)
    try:
        if role == "worker":
            _work(settings, UUID(about["tenant"]), UUID(about["intent"]))
        else:
            _sign(settings, signer_url, reached)
    except Failed:
        return 3
    return 3 if reached else 0


def _work(settings: Settings, tenant_id: UUID, intent_id: UUID) -> None:
    session.connect(settings.urls, pool_size=2)
    context = TaskContext(site=tenancy.site(tenant_id), ports=wire.ports(settings), settings=settings, now=clock.now)
    for _ in range(3):
        tasks_sending.push(context, intent_id)


def _sign(settings: Settings, url: str, reached: list[str]) -> None:
    """Sign until the failpoint was reached, or for ten seconds."""
    session.connect_signer(url)
    desk, wait = run.desk_of(settings), threading.Event()
    for _ in range(200):
        answer_all(desk)
        if reached:
            return
        wait.wait(0.05)


if __name__ == "__main__":
    main()
