"""People with a confirmed address; only those given a password can sign in."""

from datetime import UTC, datetime
from typing import Any

import factory

from app.modules.accounts.models import User
from app.modules.accounts.rules import hash_password


class UserFactory(factory.Factory):  # type: ignore[misc, type-arg, unused-ignore]
    """An account. `password` in plain text is hashed; hashing takes time, so there is none unless asked for."""

    class Meta:
        model = User

    class Params:
        password = ""

    name = factory.Sequence(lambda number: f"Person {number}")
    email = factory.LazyAttribute(lambda user: f"{user.name.lower().replace(' ', '.')}@example.com")
    country = "NL"
    created_at = datetime(2026, 11, 21, tzinfo=UTC)
    email_verified_at = factory.SelfAttribute("created_at")

    @classmethod
    def _create(cls, model_class: type[User], *arguments: Any, **values: Any) -> User:
        return model_class(*arguments, **values)

    @factory.lazy_attribute
    def password_hash(self) -> str:
        return hash_password(self.password) if self.password else ""  # type: ignore[attr-defined]
