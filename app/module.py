"""What a module is to the doors, and how its pages and its interface are hung in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import click
from flask import Blueprint
from flask_wtf import CSRFProtect

from app.core.scopes import Recogniser
from app.core.tasks import Loop, Task
from app.lifecycle import Platform

Handler = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class Module:
    """What a module offers to the doors. `site`: on whose hosts its pages answer; elsewhere they are 404.

    `bearers` tell whose a token is that somebody shows at the JSON door; they are asked in the order of the map.
    """

    name: str
    site: Literal["tenant", "installation", "both"] = "tenant"
    pages: Sequence[Blueprint] = ()
    api: Sequence[Blueprint] = ()
    handlers: Mapping[type, Sequence[Handler]] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    loops: Sequence[Loop] = ()
    commands: Sequence[click.Command] = ()
    bearers: Sequence[Recogniser] = ()


def mount(app: Platform, csrf: CSRFProtect, modules: Iterable[Module]) -> None:
    """Register the modules' pages and API; the API needs no form token, since it takes no cookie."""
    listed = list(modules)
    app.bearers = [recognise for module in listed for recognise in module.bearers]
    for module in listed:
        for blueprint in module.pages:
            app.register_blueprint(blueprint)
            app.sites[blueprint.name] = module.site
        for blueprint in module.api:
            csrf.exempt(blueprint)
            app.register_blueprint(blueprint)
            app.sites[blueprint.name] = module.site
