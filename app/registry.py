"""The map of the product: every module with its doors, events and tasks. Listed, not discovered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import click
from flask import Blueprint
from flask_wtf import CSRFProtect

from app.core.tasks import Loop, Task
from app.lifecycle import Platform
from app.web.shell import Entry

Handler = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class Module:
    """What a module offers to the doors. `site`: on whose hosts its pages answer; elsewhere they are 404."""

    name: str
    site: Literal["tenant", "installation", "both"] = "tenant"
    pages: Sequence[Blueprint] = ()
    api: Sequence[Blueprint] = ()
    handlers: Mapping[type, Sequence[Handler]] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    loops: Sequence[Loop] = ()
    menu: Sequence[Entry] = ()
    commands: Sequence[click.Command] = ()


MODULES: tuple[Module, ...] = ()


def mount(app: Platform, csrf: CSRFProtect) -> None:
    """Register every module's pages and API; the API needs no form token, since it takes no cookie."""
    for module in MODULES:
        for blueprint in module.pages:
            app.register_blueprint(blueprint)
            app.sites[blueprint.name] = module.site
        for blueprint in module.api:
            csrf.exempt(blueprint)
            app.register_blueprint(blueprint)
            app.sites[blueprint.name] = module.site


def menu() -> list[Entry]:
    """Return the entries of every module, in the order in which they are shown."""
    return sorted((entry for module in MODULES for entry in module.menu), key=lambda entry: entry.rank)


def commands() -> list[click.Command]:
    """Return every module's commands for the operator."""
    return [command for module in MODULES for command in module.commands]


def handlers() -> dict[str, tuple[type, list[Handler]]]:
    """Return event name → (event class, handlers), over all modules."""
    table: dict[str, tuple[type, list[Handler]]] = {}
    for module in MODULES:
        for event, functions in module.handlers.items():
            table.setdefault(event.__name__, (event, []))[1].extend(functions)
    return table


def tasks() -> dict[str, Task]:
    """Return task name → task, over all modules."""
    return {name: task for module in MODULES for name, task in module.tasks.items()}


def loops() -> list[Loop]:
    """Return every loop that runs in the worker."""
    return [loop for module in MODULES for loop in module.loops]
