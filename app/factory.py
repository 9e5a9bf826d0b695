"""Composition: the web application, the worker and the command line, put together from the registry."""

from collections.abc import Callable
from contextlib import nullcontext

import click
from flask_wtf import CSRFProtect

from app import menus, registry, wiring
from app.api import docs, health, metrics
from app.cli import main as cli
from app.config import Settings
from app.core import clock, logs, slow_queries
from app.integrations.egress import wire as egress
from app.integrations.oidc import client as oidc
from app.integrations.passwords import live as known_passwords
from app.integrations.passwords import port as passwords
from app.integrations.storage import port as storage
from app.integrations.storage.live import LocalStorage
from app.lifecycle import Platform
from app.lifecycle import install as install_lifecycle
from app.modules.audit import handlers as audit
from app.modules.chain import tasks as chain
from app.web import assets as static_files
from app.web import errors, i18n, observing, proxies, readable, shell, theming, ways
from app.web.current import current_settings_or_none, current_site_or_none
from app.web.form_cookie import FormCookie
from app.worker import run as worker
from tenants import catalogue, session

BODY_LIMIT = 25 * 1024 * 1024  # bytes; uploads check their own, smaller limits


def create_app(settings: Settings) -> Platform:
    """Return the web application. Raises Unprotected when the database doesn't keep tenants apart."""
    session.connect(settings.urls)
    storage.connect(LocalStorage(settings.files), secret_key=settings.secret_key)
    passwords.connect(known_passwords.load(settings.home / known_passwords.FILE))
    oidc.connect(egress.egress(settings))
    catalogue.assert_protected()
    audit.watch()
    app = Platform("portico", static_folder=None)
    app.portico, app.counter = settings, wiring.counter(settings)
    trusted = proxies.networks(str(settings.trusted_proxies))
    app.wsgi_app = proxies.BehindProxies(app.wsgi_app, trusted)  # type: ignore[method-assign, assignment]
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        SESSION_COOKIE_NAME="__Host-form" if settings.secure else "form",  # a neighbour can't plant it, nor its token
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        WTF_CSRF_TIME_LIMIT=8 * 3600,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = FormCookie()
    observing.install(app)
    install_lifecycle(app)
    app.register_blueprint(i18n.install(app, settings=current_settings_or_none, person_language=lambda: None))
    csrf = CSRFProtect(app)
    readable.install(app)
    assets = static_files.load(settings.static)
    for blueprint in theming.install(app, assets=assets, site=current_site_or_none, now=clock.now):
        app.register_blueprint(blueprint)
    shell.install(app, menus.entries())
    ways.install(app, menus.WAYS, menus.FAREWELLS)
    errors.install(app)
    registry.mount(app, csrf)
    app.register_blueprint(health.api)
    app.register_blueprint(health.probes)
    app.register_blueprint(metrics.pages)
    app.register_blueprint(docs.api)
    app.sites[docs.api.name] = "both"
    return app


def create_worker(settings: Settings) -> None:
    """Run the worker until it is told to stop; where mails leave, inside the web application, which has their look."""
    logs.install("worker")
    slow_queries.install()
    writes_mail = create_app(settings).app_context() if settings.mail != "outbox" else nullcontext()
    session.connect(settings.urls, pool_size=8, statement_timeout=60)
    storage.connect(LocalStorage(settings.files), secret_key=settings.secret_key)
    catalogue.assert_protected()
    ports = wiring.ports(settings)
    jobs = worker.queue(settings, handlers=registry.handlers(), tasks=registry.tasks(), ports=ports)
    with writes_mail:
        worker.run(jobs, loops=registry.loops(), settings=settings, ports=ports)


def create_cli() -> click.Group:
    """Return the operator's command line with every module's commands."""
    return cli.group(modules=registry.commands(), run_worker=create_worker, settling=settling)


def settling(settings: Settings) -> Callable[[], None]:
    """Return what does the worker's work once: every job that is due, and one look at the chain."""
    ports = wiring.ports(settings)
    jobs = worker.queue(settings, handlers=registry.handlers(), tasks=registry.tasks(), ports=ports)

    def settle() -> None:
        worker.drain(jobs)
        chain.tick(settings, ports)
        worker.drain(jobs)

    return settle
