"""The deal list beside the same page by bare Flask and raw psycopg."""

import http.client
import re
import tempfile
from pathlib import Path

from sqlalchemy.engine import make_url

from scripts.benchmarks import world
from scripts.benchmarks.measure import Server, by_turns

PATH = "/deals"


def run() -> dict[str, object]:
    """Measure both by turns; returns the figures of `by_turns`. Raises `SystemExit` when the pages differ."""
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # root's database user has to pass
        with world.world(folder) as built:
            ours = Server("wsgi:application", {"PORTICO_HOME": str(built.settings.home)}, folder / "ours.log")
            page = folder / "page.html"
            with ours:
                page.write_text(_get(ours.port, built.host))
            url = make_url(built.settings.tenant_url).set(drivername="postgresql")
            env = {
                "BARE_URL": url.render_as_string(hide_password=False),
                "BARE_TENANT": built.tenant_id,
                "BARE_PAGE": str(page),
            }
            bare = Server("scripts.benchmarks.bare:application", env, folder / "bare.log")
            with bare:
                _require_same(page.read_text(), _get(bare.port, built.host))
            figures = by_turns(ours, bare, [(built.host, PATH), (built.host, PATH)])
    return {**figures, "page": f"{world.CARDS} cards of {world.DEALS} deals in {world.TENANTS} tenants"}


def _get(port: int, host: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", PATH, headers={"Host": host, "Accept": "text/html"})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"The page answered {answer.status}.")
    return body


def _require_same(ours: str, bare: str) -> None:
    """Both pages, but for the nonce of the moment, must be the same text."""
    if re.sub(r'nonce="[^"]*"', "", ours) != re.sub(r'nonce="[^"]*"', "", bare):
        raise SystemExit("The baseline's HTML differs from ours: fit scripts/benchmarks/bare.py to the page.")
