"""Signing in beside a bare Argon2 verification, and what each layer around it costs.

One process, one thread, the layers by turns within every round, so that a slow moment of the machine meets all alike.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from argon2 import PasswordHasher

from app import factory
from app.core import clock
from app.embedded.home import Home
from app.embedded.postgres import Postgres
from app.modules.accounts import service as accounts
from app.web import assets, catalogues
from scripts.benchmarks.world import settings_of
from tenants import service as tenancy
from tenants import session as sessions
from tenants.session import tenant_session
from tests.support.http import Visitor

ROUNDS = 25
EMAIL, PASSWORD = "alice@example.org", "wide-otters-paint-quiet-rivers"


def run() -> dict[str, object]:
    """Measure every layer in ROUNDS rounds; returns milliseconds (medians) and the rate of whole log-ins."""
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # root's database user has to pass
        home = Home(folder / "home")
        with Postgres(home) as postgres:
            settings = settings_of(home, postgres)
            assets.build(settings.static)
            catalogues.compile_stale()
            app = factory.create_app(settings)
            lenient = {"second_factor_roles": []}
            site = tenancy.found(
                slug="acme", name="Acme", host="acme.localhost", settings_values=lenient, now=clock.now()
            )
            with tenant_session(site.id) as session:
                accounts.create_user(
                    session, email=EMAIL, name="Alice", password=PASSWORD, verified=True, now=clock.now()
                )
            figures = _measured(_layers(site.id, Visitor(app, site.host)))
            sessions.disconnect()
    return figures


def _layers(tenant_id: object, visitor: Visitor) -> dict[str, Callable[[int], object]]:
    """Return the layers from the inside out: each does all that those before it do; and the page with the form."""
    hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)
    kept = hasher.hash(PASSWORD)

    def prove(number: int) -> None:
        with tenant_session(tenant_id) as session:  # type: ignore[arg-type]
            accounts.prove(session, email=EMAIL, password=PASSWORD, remote=_place(number), now=clock.now())

    def enter(number: int) -> None:
        with tenant_session(tenant_id) as session:  # type: ignore[arg-type]
            accounts.sign_in(session, email=EMAIL, password=PASSWORD, remote=_place(number), now=clock.now())

    def page(_number: int) -> None:
        visitor.client.delete_cookie("sid", domain=visitor.host)
        visitor.get("/login")

    def whole(number: int) -> None:
        form = {**visitor.form("/login").fields, "email": EMAIL, "password": PASSWORD}
        visitor.post("/login", form, follow=False, environ_overrides={"REMOTE_ADDR": _place(number)})
        assert visitor.status == 303, visitor.text

    page(0)
    return {
        "bare Argon2": lambda _number: hasher.verify(kept, PASSWORD),
        "+ person, counted try": prove,
        "+ session, record": enter,
        "+ HTTP, tenant, CSRF": whole,
        "the page before": page,
    }


def _place(number: int) -> str:
    return f"198.51.{number // 250}.{number % 250}"


def _measured(layers: dict[str, Callable[[int], object]]) -> dict[str, object]:
    took: dict[str, list[float]] = {name: [] for name in layers}
    number = 0
    for turn in range(ROUNDS + 2):
        for name, work in layers.items():
            number += 1
            begun = time.perf_counter()
            work(number)
            spent = time.perf_counter() - begun
            if turn >= 2:  # the first rounds warm up
                took[name].append(1000 * spent)
    middle = {name: statistics.median(values) for name, values in took.items()}
    bare, whole = middle["bare Argon2"], middle["+ HTTP, tenant, CSRF"]
    ratios = [w / b for w, b in zip(took["+ HTTP, tenant, CSRF"], took["bare Argon2"], strict=True)]
    ours, before = {"log-ins a second": round(1000 / whole, 2)}, 0.0
    for name in list(middle)[:4]:
        value = middle[name]
        ours[f"ms {name}"] = round(value - before, 2)
        before = value
    ours["ms in all"] = round(whole, 2)
    ours["ms the page before"] = round(middle["the page before"], 2)
    baseline = dict.fromkeys(ours, "")
    baseline |= {"log-ins a second": str(round(1000 / bare, 2)), "ms bare Argon2": str(round(bare, 2))}
    baseline["ms in all"] = str(round(bare, 2))
    quarters = statistics.quantiles(ratios, n=4)
    return {
        "ours": ours,
        "baseline": baseline,
        "ratio": round(whole / bare, 3),
        "ratio_spread": [round(quarters[0], 3), round(quarters[2], 3)],
    }
