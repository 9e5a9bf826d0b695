"""What a person was told: notices in the application, mails, and the wishes about them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified, TenantScoped


class Notice(Identified, Base):
    """A line in a person's notifications. Its text is made when it is read, in the reader's language."""

    __tablename__ = "notices"

    user_id: Mapped[UUID]
    kind: Mapped[str]
    words: Mapped[dict[str, Any]]
    url: Mapped[str]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Mail(Identified, Base):
    """An e-mail to one person. The text is made when it is sent.

    A link with a secret isn't kept: `token_kind` and `token_id` are enough to make it again. `state`: queued, sent.
    """

    __tablename__ = "mails"

    user_id: Mapped[UUID]
    address: Mapped[str]
    locale: Mapped[str]
    kind: Mapped[str]
    words: Mapped[dict[str, Any]]
    url: Mapped[str]
    token_kind: Mapped[str | None]
    token_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="queued")
    reference: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Wish(TenantScoped, Base):
    """Whether a person wants e-mail about a topic. No row: yes."""

    __tablename__ = "notice_wishes"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    by_mail: Mapped[bool]
