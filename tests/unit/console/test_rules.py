"""What a slug may be, and what a site lacks."""

import pytest

from app.modules.console import rules
from tenants.settings import TenantSettings


@pytest.mark.parametrize(
    ("slug", "problem"),
    [
        ("acme", None),
        ("north-quay-2", None),
        ("ac", "shape"),
        ("Acme", "shape"),
        ("2acme", "shape"),
        ("acme-", "shape"),
        ("ac--me", "shape"),
        ("acmé", "shape"),
        ("acme\n", "shape"),
        ("a" * 33, "shape"),
        ("www", "reserved"),
        ("console", "reserved"),
    ],
)
def test_what_is_wrong_with_a_slug(slug: str, problem: str | None) -> None:
    assert rules.slug_problem(slug) == problem


def test_a_site_lacks_what_investors_must_find() -> None:
    assert rules.missing(TenantSettings(), administrators=0, offers=["escrow"]) == [
        "administrator", "terms", "privacy", "contact", "payment",
    ]  # fmt: skip
    ready = TenantSettings(terms_text="x", privacy_text="y", contact_email="hello@acme.example.org")
    assert rules.missing(ready, administrators=1) == []


def test_only_what_differs_is_recorded() -> None:
    change = rules.difference({"a": 1, "b": 2}, {"a": 1, "b": 3})
    assert (change.before, change.after) == ({"b": 2}, {"b": 3})
    assert not rules.difference({"a": 1}, {"a": 1})
