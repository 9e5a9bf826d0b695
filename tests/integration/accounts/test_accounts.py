"""Accounts on the real database: the number of queries, and what holds when many come at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.permissions import Actor, Role, system
from app.modules.accounts import errors, service
from app.modules.accounts.models import User, UserSession
from app.modules.accounts.service import Person
from app.modules.accounts.service_links import new_link
from tenants.service import Site
from tenants.session import tenant_session

PASSWORD = "wide-otters-paint-quiet-rivers"
SECRET = "a key of this test"


def person(site: Site, name: str = "alice", *roles: Role) -> Person:
    with tenant_session(site.id) as session:
        return service.create_user(
            session,
            email=f"{name}@example.org",
            name=name.title(),
            password=PASSWORD,
            roles=roles or (Role.INVESTOR,),
            verified=True,
            now=clock.now(),
        )


def token_for(site: Site, who: Person) -> str:
    with tenant_session(site.id) as session:
        return service.open_session(session, user_id=who.id, remote="192.0.2.1", now=clock.now())[0]


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """Collect the statements that a session sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_person_is_identified_with_one_query_and_a_visitor_with_none(acme: Site) -> None:
    who = person(acme, "carol", Role.COMPLIANCE_OFFICER, Role.ISSUER)
    token, now = token_for(acme, who), clock.now()
    with tenant_session(acme.id) as session, counted(session) as sent:
        assert not service.identify(session, None, now=now, remote="").is_person
        assert sent == []
        actor = service.identify(session, token, now=now, remote="192.0.2.1")
        assert len(sent) == 1
    assert (actor.user_id, actor.name, actor.email) == (who.id, "Carol", "carol@example.org")
    assert actor.roles == {Role.COMPLIANCE_OFFICER, Role.ISSUER}


def test_a_session_is_touched_at_most_once_a_minute(acme: Site) -> None:
    who = person(acme)
    token, now = token_for(acme, who), clock.now()
    later = now + timedelta(minutes=2)
    with tenant_session(acme.id) as session, counted(session) as sent:
        service.identify(session, token, now=later, remote="192.0.2.2")
        service.identify(session, token, now=later + timedelta(seconds=30), remote="192.0.2.2")
    assert len(sent) == 3
    with tenant_session(acme.id) as session:
        assert session.scalar(select(UserSession.last_seen_at)) == later
        assert session.scalar(select(UserSession.remote)) == "192.0.2.2"


def test_a_suspended_person_holds_no_session(acme: Site) -> None:
    who = person(acme)
    token = token_for(acme, who)
    with tenant_session(acme.id) as session:
        session.execute(update(User).values(status="suspended"))
    with tenant_session(acme.id) as session:
        assert not service.identify(session, token, now=clock.now(), remote="").is_person


def test_of_many_who_use_a_link_at_once_one_succeeds(acme: Site) -> None:
    who = person(acme)
    with tenant_session(acme.id) as session:
        invited = service.invite(
            session,
            actor=system(acme.id),
            email="bob@example.org",
            name="Bob",
            roles=[Role.INVESTOR],
            now=clock.now(),
        )
        from_table = new_link(session, invited.id, "invite", clock.now())
        path = service.link_for("invite", from_table, SECRET)
    assert who.id != invited.id

    def use(number: int) -> bool:
        try:
            with tenant_session(acme.id) as session:
                service.choose_password(
                    session,
                    kind="invite",
                    token=path.rpartition("/")[2],
                    password=f"{PASSWORD}-{number}",
                    secret_key=SECRET,
                    remote="",
                    now=clock.now(),
                )
        except errors.LinkUnusable:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(use, range(8))) == 1


def test_guesses_made_at_once_are_all_counted(acme: Site) -> None:
    person(acme)

    def guess(_number: int) -> str:
        try:
            with tenant_session(acme.id) as session:
                service.sign_in(session, email="alice@example.org", password="no", remote="192.0.2.1", now=clock.now())
        except (errors.WrongPassword, errors.TooManyAttempts) as refused:
            return refused.code
        return "in"

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(guess, range(12)))
    assert outcomes.count("wrong-credentials") == 5
    assert outcomes.count("too-many-attempts") == 7


def test_an_old_hash_is_made_anew_at_sign_in(acme: Site) -> None:
    person(acme)
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with tenant_session(acme.id) as session:
        session.execute(update(User).values(password_hash=weak))
    with tenant_session(acme.id) as session:
        service.sign_in(session, email="ALICE@example.org", password=PASSWORD, remote="", now=clock.now())
    with tenant_session(acme.id) as session:
        assert "m=65536,t=3,p=1" in (session.scalar(select(User.password_hash)) or "")


def test_one_address_has_an_account_at_each_site_and_one_at_each(acme: Site, zeta: Site) -> None:
    assert person(acme).id != person(zeta).id
    with pytest.raises(errors.EmailTaken):
        person(acme)


def test_what_expired_is_removed(acme: Site) -> None:
    who = person(acme)
    token_for(acme, who)
    with tenant_session(acme.id) as session:
        service.forget_expired(session, now=clock.now())
        assert session.scalar(select(UserSession.id)) is not None
        service.forget_expired(session, now=clock.now() + timedelta(hours=9))
        assert session.scalar(select(UserSession.id)) is None


def test_people_with_a_role_are_found_for_notices(acme: Site, zeta: Site) -> None:
    carol = person(acme, "carol", Role.COMPLIANCE_OFFICER)
    person(acme, "alice")
    person(zeta, "mallory", Role.COMPLIANCE_OFFICER)
    with tenant_session(acme.id) as session:
        assert service.people_with_role(session, Role.COMPLIANCE_OFFICER) == [carol.id]
        assert service.person(session, carol.id) == carol


def test_a_stranger_cannot_set_the_password_of_somebody_who_is_invited(acme: Site) -> None:
    with tenant_session(acme.id) as session:
        invited = service.invite(
            session, actor=system(acme.id), email="carol@example.org", name="Carol", roles=[Role.TENANT_ADMIN],
            now=clock.now(),
        )  # fmt: skip
    with tenant_session(acme.id) as session:
        service.register(
            session, name="Mallory", email="carol@example.org", password=PASSWORD, country="NL", locale="en",
            remote="192.0.2.9", now=clock.now(),
        )  # fmt: skip
    with tenant_session(acme.id) as session:
        kept = session.get_one(User, (acme.id, invited.id))
        assert (kept.name, kept.password_hash) == ("Carol", "")


def test_who_is_invited_again_has_every_role_they_were_invited_to(acme: Site) -> None:
    about = {"email": "carol@example.org", "name": "Carol", "actor": system(acme.id), "now": clock.now()}
    with tenant_session(acme.id) as session:
        service.invite(session, roles=[Role.ISSUER], **about)  # type: ignore[arg-type]
        again = service.invite(session, roles=[Role.ISSUER, Role.COMPLIANCE_OFFICER], **about)  # type: ignore[arg-type]
    assert again.roles == {Role.ISSUER, Role.COMPLIANCE_OFFICER}


@pytest.mark.parametrize("role", [Role.TENANT_ADMIN, Role.SUPER_ADMIN])
def test_nobody_takes_from_themselves_the_role_by_which_they_take_roles(acme: Site, role: Role) -> None:
    sam = person(acme, "sam", role)
    actor = Actor(tenant_id=acme.id, user_id=sam.id, roles=frozenset({role}), name=sam.name)
    with tenant_session(acme.id) as session, pytest.raises(errors.RoleNotAllowed):
        service.revoke(session, actor=actor, user_id=sam.id, role=role, now=clock.now())
