"""What ends a person's programs."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.modules.accounts.events import PasswordChanged, UserSuspended
from app.modules.tokens import service


def on_password_changed(session: Session, event: PasswordChanged, *, now: datetime) -> None:
    """Whoever signed in with the old password has to know the new one."""
    service.end_all(session, user_id=event.user_id, now=now, why="password changed")


def on_suspended(session: Session, event: UserSuspended, *, now: datetime) -> None:
    """A program that comes back after the suspension signs in anew; until then each request is refused anyway."""
    service.end_all(session, user_id=event.user_id, now=now, why="account suspended")
