"""What the other tests stand on works by itself: shared servers and the carried browser."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import psycopg
from playwright.sync_api import sync_playwright

from tests.embedded.conftest import CHECKOUT, wait_until
from tests.support.browser import ARGUMENTS, chromium
from tests.support.services import anvil_url, postgres_admin_url


def test_the_servers_of_a_run_answer() -> None:
    with psycopg.connect(postgres_admin_url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
    with urlopen(Request(anvil_url(), body, {"content-type": "application/json"})) as answer:
        assert json.load(answer)["result"] == hex(31337)


def test_the_servers_of_a_run_end_with_it() -> None:
    ask = "from tests.support import services; print(services.postgres_admin_url())"
    env = {name: value for name, value in os.environ.items() if name != "PYTEST_XDIST_WORKER"}
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=CHECKOUT, env=env, capture_output=True, text=True, check=True
    )
    socket_dir = Path(psycopg.conninfo.conninfo_to_dict(done.stdout.strip())["host"] or "")
    assert socket_dir.name == "run"
    wait_until(lambda: not os.path.exists(socket_dir.parents[2]))


def test_the_browser_renders_a_page_without_anything_installed() -> None:
    path, env = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, env=env, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 200, "height": 100})
        page.set_content("<body style='background:#a00'><h1>Portico")
        assert page.inner_text("h1") == "Portico"
        assert page.screenshot().startswith(b"\x89PNG")
        browser.close()
