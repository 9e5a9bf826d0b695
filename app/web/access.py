"""Every route says who may enter; an undeclared one can't be reached, and a test finds it first."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, cast

from app.core.errors import NotFound, SignInNeeded
from app.core.permissions import Actor, Policy
from tenants.service import Site
from tenants.settings import FeatureName

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """What a view asks of those who enter."""

    permission: StrEnum | None = None
    policy: Policy | None = None
    signed_in: bool = False
    bare: bool = False


def public(view: View) -> View:
    """Let everybody in."""
    return _declare(view, Access())


def bare(view: View) -> View:
    """Let everybody in, without a tenant's session: for static files, health and the like."""
    return _declare(view, Access(bare=True))


def signed_in(view: View) -> View:
    """Let in whoever is signed in; the view only deals with the person's own things."""
    return _declare(view, Access(signed_in=True))


def requires(permission: StrEnum, policy: Policy) -> Callable[[View], View]:
    """Let in whom the policy allows `permission`; the service asks again with the object."""

    def declare(view: View) -> View:
        return _declare(view, Access(permission=permission, policy=policy))

    return declare


def feature(name: FeatureName) -> Callable[[View], View]:
    """Hide a view (404) on sites where the feature is off."""

    def declare(view: View) -> View:
        view.portico_feature = name  # type: ignore[attr-defined]
        return view

    return declare


def fresh(view: View) -> View:
    """Ask those who enter to show once more who they are, unless they did so within `permissions.RECENT`.

    Stands below `requires` or `signed_in`. A form that was sent is kept and goes on after the proof.
    """
    view.portico_fresh = True  # type: ignore[attr-defined]
    return view


def polled(view: View) -> View:
    """Say that a page asks for this view by itself, so that it doesn't count as use of the session."""
    view.portico_polled = True  # type: ignore[attr-defined]
    return view


def counted(view: View) -> View:
    """Count whoever asks for this view like a form at the entrance: it takes a secret, or begins or ends a sign-in."""
    view.portico_counted = True  # type: ignore[attr-defined]
    return view


def is_counted(view: Callable[..., Any]) -> bool:
    """Tell whether a view is counted like a form at the entrance."""
    return bool(getattr(view, "portico_counted", False))


def is_fresh(view: Callable[..., Any]) -> bool:
    """Tell whether a view asks for a recent proof."""
    return bool(getattr(view, "portico_fresh", False))


def is_polled(view: Callable[..., Any]) -> bool:
    """Tell whether a view is asked for by pages, not people."""
    return bool(getattr(view, "portico_polled", False))


def of(view: Callable[..., Any]) -> Access | None:
    """Return what a view declared, or None."""
    return cast("Access | None", getattr(view, "portico_access", None))


def feature_of(view: Callable[..., Any]) -> FeatureName | None:
    """Return the feature a view belongs to, or None."""
    return cast("FeatureName | None", getattr(view, "portico_feature", None))


def check(view: Callable[..., Any], actor: Actor, site: Site) -> None:
    """Raise NotFound (feature off, or undeclared), SignInNeeded or Forbidden unless `actor` may enter."""
    access, needed = of(view), feature_of(view)
    if access is None or (needed is not None and not site.has(needed)):
        raise NotFound
    if access.signed_in and not actor.is_person:
        raise SignInNeeded
    if access.permission is not None and access.policy is not None:
        access.policy.must(actor, access.permission)


def _declare(view: View, access: Access) -> View:
    view.portico_access = access  # type: ignore[attr-defined]
    return view
