"""A local chain on loopback that keeps its state and stands still while nothing happens.

Blocks come with transactions only, so an idle chain doesn't grow. Finality lies two blocks behind the latest, so the
keeper lays two empty blocks on each transaction, and saves before it does: what is final is also on disk.
"""

import contextlib
import json
import os
import threading
import time
from pathlib import Path
from signal import SIGTERM
from types import TracebackType
from typing import Self

from app.embedded import binaries
from app.embedded.anvil_rpc import AnvilRpc
from app.embedded.errors import ChainFailed
from app.embedded.home import Home
from app.embedded.ports import free_port, is_free, listens
from app.embedded.processes import Child, spawn, tail

CHAIN_ID = 31337
_CUSTOMARY_PORT = 8545
_BLOCKS_TO_FINALITY = 2
_LOOK_EVERY = 0.4  # seconds
_START_PATIENCE = 60.0
_TRIES = 3
_STOP_PATIENCE = 20.0


class Chain:
    """The embedded chain of one home.

    `start()` returns its URL once it answers, with the clock never behind its last block; `stop()` saves first.
    With `keep_final=False` nothing is mined but what callers ask for. Raises `AlreadyRunning`, `ChainFailed`.
    """

    name = "local chain"

    def __init__(self, home: Home, *, keep_final: bool = True) -> None:
        self._home = home
        self._folder = home.root / "chain"
        self._state = self._folder / "state.json"
        self._last_words = self._folder / "state-at-exit.json"
        self._keep_final = keep_final
        self._held = contextlib.ExitStack()
        self._child: Child | None = None
        self._saved_height = -1
        self._saving = threading.Lock()
        self._over = threading.Event()
        self._keeper: threading.Thread | None = None
        self.url = ""

    @property
    def pid(self) -> int | None:
        """The chain's process id while it runs."""
        return self._child.process.pid if self._child and self._child.alive() else None

    def alive(self) -> bool:
        """Whether the chain still runs."""
        return self.pid is not None

    def start(self) -> str:
        """Start, or after a crash start again from the last saved state; returns `url`."""
        if self.alive():
            return self.url
        self._rest()
        self._folder.mkdir(exist_ok=True)
        self._held.enter_context(self._home.lock("chain", "The local chain"))
        rpc = self._serve()
        # Its clock starts at genesis again, and it forgets travelled time when it loads a state.
        rpc.call("evm_setTime", hex(max(round(time.time()), rpc.timestamp())))
        if self._keep_final and rpc.height():
            # Of a loaded state only the last block can be asked about: make that one final.
            rpc.mine(_BLOCKS_TO_FINALITY)
        self._over.clear()
        self._keeper = threading.Thread(target=self._keep, args=(AnvilRpc(self.url),), daemon=True)
        self._keeper.start()
        return self.url

    def stop(self) -> None:
        """Save the state and end; nothing happens when it doesn't run."""
        if self.alive():
            with contextlib.suppress(ChainFailed, OSError):
                self._save(AnvilRpc(self.url))
        if self._child is not None:
            self._child.stop(_STOP_PATIENCE)
            self._child = None
        self._rest()

    def nudge(self) -> None:
        """Save, then lay empty blocks on the newest transaction until it is final."""
        rpc = AnvilRpc(self.url)
        self._save(rpc)
        self._finalise(rpc)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _rest(self) -> None:
        self._over.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None
        self._held.close()

    def _port(self) -> int:
        """The port of last time where it is free still: wallets remember a chain by its address."""
        note = self._folder / "port"
        before = [int(note.read_text())] if note.exists() else []
        if before and not is_free(before[0]):
            time.sleep(0.5)  # a chain that is just going down
        port = free_port(*before, _CUSTOMARY_PORT)
        note.write_text(str(port))
        return port

    def _serve(self) -> AnvilRpc:
        """Start anvil and wait for its answer, on another port when somebody takes ours at the same moment."""
        for _ in range(_TRIES):
            port = self._port()
            self.url = f"http://127.0.0.1:{port}"
            self._child = self._spawn(port)
            deadline = time.monotonic() + _START_PATIENCE
            while self._child.alive() and time.monotonic() < deadline:
                if listens(self._child.process.pid, port):
                    return AnvilRpc(self.url)
                time.sleep(0.02)
            self._child.stop(_STOP_PATIENCE)
        log = self._home.log("chain")
        raise ChainFailed(f"The local chain did not start. Its log ({log}) ends:\n{tail(log)}")

    def _genesis(self) -> str:
        """When this chain began (seconds since 1970): anvil makes block 0 anew at each start, so it needs telling."""
        note = self._folder / "genesis"
        if not note.exists():
            note.write_text(str(int(time.time())))
        return note.read_text()

    def _spawn(self, port: int) -> Child:
        self._choose_state()
        command: list[str | Path] = [binaries.anvil(), "--host", "127.0.0.1", "--port", str(port), "--no-cors"]
        command += ["--chain-id", str(CHAIN_ID), "--hardfork", "cancun", "--slots-in-an-epoch", "1", "--quiet"]
        command += ["--timestamp", self._genesis(), "--dump-state", self._last_words]
        if self._state.exists():
            command += ["--load-state", self._state]
        # HOME in the environment would let anvil drop a cache there; the home's own folder will do.
        env = {**os.environ, "HOME": str(self._folder)}
        return spawn("chain", command, log=self._home.log("chain"), env=env, stop_signal=SIGTERM)

    def _keep(self, rpc: AnvilRpc) -> None:
        seen = -1
        while not self._over.wait(_LOOK_EVERY):
            # The supervisor starts a lost chain again; on a full disk nothing becomes final until it can be saved.
            with contextlib.suppress(ChainFailed, OSError):
                height = rpc.height()
                if height == seen:
                    continue
                self._save(rpc)
                if self._keep_final:
                    self._finalise(rpc)
                seen = height

    def _finalise(self, rpc: AnvilRpc) -> None:
        missing = _BLOCKS_TO_FINALITY - rpc.empty_blocks_on_top(_BLOCKS_TO_FINALITY)
        if missing:
            rpc.mine(missing)

    def _save(self, rpc: AnvilRpc) -> None:
        """Replace the saved state in one step, when there are new blocks."""
        with self._saving:
            height = rpc.height()
            if height == self._saved_height:
                return
            fresh = self._state.with_suffix(".fresh")
            with fresh.open("wb") as file:
                file.write(rpc.dump())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._state)
            self._saved_height = height

    def _choose_state(self) -> None:
        """Take the state anvil wrote as it went down when it is whole and newer than the last one we saved."""
        if _height_of(self._last_words) > _height_of(self._state):
            self._last_words.replace(self._state)
        self._last_words.unlink(missing_ok=True)
        self._saved_height = -1


def _height_of(state: Path) -> int:
    """The latest block in a saved state; -1 where there is none or it was cut short."""
    try:
        document = json.loads(state.read_bytes())
        return int(document["best_block_number"])
    except (OSError, ValueError, KeyError, TypeError):
        return -1
