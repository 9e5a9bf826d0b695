"""A request to the interface beside a bare Flask endpoint, and what each layer between the two costs.

One process, one thread, no network: whole requests go through WSGI, layers are called by themselves. All by turns
within every round, so that a slow moment of the machine meets all alike.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from app import factory
from app.core import clock
from app.core.limits import InDatabase, Limit
from app.core.permissions import Actor, Role
from app.core.scopes import Scope
from app.embedded.home import Home
from app.embedded.postgres import Postgres
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from app.modules.audit import service as audit
from app.modules.tokens import service as tokens
from app.web import assets, catalogues
from scripts.benchmarks.world import settings_of
from tenants import service as tenancy
from tenants import session as sessions
from tenants.service import Site
from tenants.session import tenant_session

ROUNDS, CALLS = 40, 25
UNLIMITED = 10**9
Layers = dict[str, Callable[[], object]]


def run() -> dict[str, object]:
    """Measure in ROUNDS rounds of CALLS calls; returns microseconds (medians) and the rate of whole requests."""
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # root's database user has to pass
        home = Home(folder / "home")
        with Postgres(home) as postgres:
            settings = replace(settings_of(home, postgres), limit_public=UNLIMITED, limit_person=UNLIMITED)
            assets.build(settings.static)
            catalogues.compile_stale()
            app = factory.create_app(settings)
            site = tenancy.found(slug="acme", name="Acme", host="acme.localhost", now=clock.now())
            figures = _measured(_layers(app, site))
            sessions.disconnect()
    return figures


def _layers(app: Platform, site: Site) -> Layers:
    """Return whole requests, and the layers that they are made of."""
    actor, access, key = _alice(app, site)
    counter, limit, host = InDatabase(), Limit("bench", UNLIMITED), site.host

    def recognised(token: str) -> None:
        with tenant_session(site.id) as session:
            tokens.recognise(session, token, settings=app.portico, remote="", now=clock.now())

    def bound() -> None:
        with tenant_session(site.id) as session:
            session.execute(text("SELECT 1"))

    def noted() -> None:
        with tenant_session(site.id) as session:
            session.execute(text("SELECT 1"))
            entry: dict[str, Any] = {"action": "bench", "subject_kind": "bench", "subject_id": "1", "now": clock.now()}
            audit.record(session, actor=actor, **entry)
            session.flush()

    return {
        "a bare Flask endpoint": _asking(_bare(site, actor), host, "/api/auth/me", access),
        "who am I, with a token": _asking(app, host, "/api/auth/me", access),
        "who am I, with a key": _asking(app, host, "/api/auth/me", key),
        "the list of deals, a visitor": _asking(app, host, "/api/deals", ""),
        "layer tenant, from memory": lambda: tenancy.resolve(host),
        "layer session": bound,
        "layer session + token": lambda: recognised(access),
        "layer session + key": lambda: recognised(key),
        "layer limit": lambda: counter.count(site.id, "bench", limit),
        "layer session + record": noted,
    }


def _alice(app: Platform, site: Site) -> tuple[Actor, str, str]:
    now = clock.now()
    with tenant_session(site.id) as session:
        who = accounts.create_user(
            session, email="alice@example.org", name="Alice", password="wide-otters-paint", verified=True, now=now
        )
        opened = tokens.open_family(session, who=who, remote="", agent="bench", home=app.portico.home, now=now)
        actor = Actor(site.id, who.id, frozenset({Role.INVESTOR}), who.name, who.email)
        later = now + timedelta(days=1)
        made = tokens.make_key(session, actor=actor, name="bench", scopes=[Scope.READ], expires_at=later, now=now)
    return actor, opened.access, made[1]


def _bare(site: Site, actor: Actor) -> Flask:
    """Return a Flask application with one endpoint that answers the same from memory."""
    bare = Flask("bare")
    body = json.dumps({"id": str(actor.user_id), "email": actor.email, "name": actor.name, "site": str(site.id)})
    bare.add_url_rule("/api/auth/me", "me", lambda: bare.response_class(body, mimetype="application/json"))
    return bare


def _asking(app: Flask, host: str, path: str, token: str) -> Callable[[], object]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = app.test_client()

    def ask() -> None:
        answer = client.get(path, base_url=f"http://{host}", headers=headers)
        assert answer.status_code == 200, answer.text

    return ask


def _measured(layers: Layers) -> dict[str, object]:
    took: dict[str, list[float]] = {name: [] for name in layers}
    for turn in range(ROUNDS + 2):
        for name, work in layers.items():
            begun = time.perf_counter()
            for _call in range(CALLS):
                work()
            spent = time.perf_counter() - begun
            if turn >= 2:  # the first rounds warm up
                took[name].append(1e6 * spent / CALLS)
    middle = {name: statistics.median(values) for name, values in took.items()}
    bare, whole = middle.pop("a bare Flask endpoint"), middle["who am I, with a token"]
    ours: dict[str, float] = {"requests a second": round(1e6 / whole, 1)}
    ours |= {f"µs {name}": round(value, 1) for name, value in middle.items()}
    session = middle["layer session"]
    for part in ("token", "key", "record"):
        ours[f"µs {part} alone"] = round(middle[f"layer session + {part}"] - session, 1)
    ratios = [b / w for b, w in zip(took["a bare Flask endpoint"], took["who am I, with a token"], strict=True)]
    quarters = statistics.quantiles(ratios, n=4)
    baseline: dict[str, object] = dict.fromkeys(ours, "")
    baseline |= {"requests a second": round(1e6 / bare, 1), "µs who am I, with a token": round(bare, 1)}
    return {
        "ours": ours,
        "baseline": baseline,
        "ratio": round(statistics.median(ratios), 3),
        "ratio_spread": [round(quarters[0], 3), round(quarters[2], 3)],
    }
