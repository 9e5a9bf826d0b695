"""The Chromium that npm's `@sparticuz/chromium` carries, unpacked once, with the libraries and fonts it brings."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from functools import cache
from pathlib import Path

from app.embedded.binaries import CHECKOUT, node

_PACKAGE = CHECKOUT / "node_modules" / "@sparticuz" / "chromium"
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
_UNPACK = """
const fs = require("fs"), zlib = require("zlib"), {pipeline} = require("stream/promises");
const [source, target] = process.argv.slice(1);
pipeline(fs.createReadStream(source), zlib.createBrotliDecompress(), fs.createWriteStream(target));
"""

# What a container needs: no sandbox (we may be root), no GPU, no small /dev/shm.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"]


@cache
def chromium() -> tuple[str, dict[str, str]]:
    """The browser's path and the environment to launch it with; also tells Playwright to use our node.

    Use: `path, env = chromium(); playwright.chromium.launch(executable_path=path, env=env, args=ARGUMENTS)`.
    """
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(node())
    folder = _unpacked()
    env = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    env["LD_LIBRARY_PATH"] = ":".join(filter(None, [str(folder / "lib"), os.environ.get("LD_LIBRARY_PATH")]))
    return str(folder / "chromium"), env


def _unpacked() -> Path:
    version = json.loads((_PACKAGE / "package.json").read_text())["version"]
    cache_dir = Path(sys.prefix) / "share"
    if not os.access(sys.prefix, os.W_OK):
        cache_dir = Path(tempfile.gettempdir()) / f"portico-browser-{os.getuid()}"
    cache_dir.mkdir(parents=True, exist_ok=True)
    folder = cache_dir / f"chromium-{version}"
    with (cache_dir / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = cache_dir / "chromium.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            _unpack(unfinished)
            unfinished.replace(folder)
        fonts = _FONTS.format(fonts=folder / "fonts", cache=folder / "font-cache")
        (folder / "fonts.conf").write_text(fonts)
    return folder


def _unpack(folder: Path) -> None:
    for packed in sorted((_PACKAGE / "bin").glob("*.br")):
        target = folder / packed.stem
        subprocess.run([node(), "-e", _UNPACK, packed, target], check=True)
        if target.suffix == ".tar":
            careful = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Python ≥ 3.11.4 has it
            with tarfile.open(target) as archive:
                archive.extractall(folder, **careful)
            target.unlink()
    (folder / "chromium").chmod(0o755)
