"""What one person or tenant was shown is never given to another by the cache in front (battery B07).

nginx runs with the configuration that is shipped, and its cache is on: what is public comes out of it, so that these
tests could see something cross.
"""

import re
from collections.abc import Iterator

import pytest

from app.core import clock
from app.modules.accounts import service as accounts
from tenants.service import Site
from tenants.session import tenant_session
from tests.conftest import found
from tests.support import servers, tally
from tests.support.investing import person
from tests.support.servers import Answer, ask, request

# A person's own page, asked for by addresses that look like files to whoever keeps files.
DECEIVING = [
    "{}/x.css", "{};x.css", "{};/x.js", "{}%2ex.css", "{}.css", "{}%3bx.css", "{}%2fx.css", "{}/..%2fx.css",
    "{}%00.css", "{}%0a.css", "{}%23.css", "{}%3f.css", "{}?x.css", "{}?/static/x.css", "{}//x.png", "/{}",
    "/static/..{}", "/static/%2e%2e{}", "/static/..%2f..{}", "/theme/..%2f..{}", "{}/..;/static/x.css",
    "{}/static/%2e%2e/x.css", "{}\\x.css", "{}%5cx.css", "{}/favicon.ico", "{}/robots.txt", "{}.js", "{}.svg",
]  # fmt: skip
PRIVATE = ("/account", "/portfolio", "/account/sessions")
TURNING = (
    "X-Original-URL: /account",
    "X-Rewrite-URL: /account",
    "X-HTTP-Method-Override: POST",
    "X-Forwarded-Path: /account",
)
STRANGE = (
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Scheme: http",
    "X-Host: evil.example",
    "X-Forwarded-Port: 1",
    "Forwarded: host=evil.example",
    "Accept-Language: ar",
    "Cookie: lang=ar; mode=dark",
)


class Person:
    """Alice at acme, her cookie, and what only she may read."""

    def __init__(self, site: Site) -> None:
        now = clock.now()
        with tenant_session(site.id) as session:
            who = person(session, site, "alice", now=now)
            token = accounts.open_session(session, user_id=who.require_id(), remote="127.0.0.1", now=now)[0]
        self.email, self.cookie = who.email, f"Cookie: __Host-sid={token}"


@pytest.fixture(scope="module")
def tenants(database: None) -> tuple[Site, Site]:
    return found("acme", "Acme Real Assets"), found("zeta", "Zeta Placements")


@pytest.fixture(scope="module")
def alice(tenants: tuple[Site, Site]) -> Person:
    return Person(tenants[0])


def look(port: int, site: Site, path: str, *headers: str, method: str = "GET") -> Answer:
    return ask(port, request(path, f"Host: {site.host}", *headers, method=method), tls=True)


def was_kept(answer: Answer) -> bool:
    return answer.header("X-Cache") in ("HIT", "STALE", "REVALIDATED", "UPDATING")


def kept_paths(port: int, site: Site) -> list[str]:
    """Return the addresses of files that the front page of a site names."""
    return re.findall(r'(?:href|src)="(/(?:static|theme)/[^"#?]+)"', look(port, site, "/").body)


def test_public_files_come_out_of_the_cache(fronted: int, tenants: tuple[Site, Site]) -> None:
    paths = kept_paths(fronted, tenants[0])
    assert len(paths) >= 3
    for path in paths:
        first, second = (look(fronted, tenants[0], path) for _ in range(2))
        assert (first.status, second.status, first.body) == (200, 200, second.body)
        assert was_kept(second), (path, second.headers)
    tally.count("B07 cache: files that came out of it", len(paths))


def crossed(port: int, tenants: tuple[Site, Site]) -> list[str]:
    """Let two tenants ask for the same paths by turns; return where one was shown what is the other's."""
    acme, zeta = tenants
    found_wrong = []
    paths = [*kept_paths(port, acme), *kept_paths(port, zeta), "/", "/deals", "/login", "/nowhere"]
    for path in dict.fromkeys(paths):
        for site, other in ((acme, zeta), (zeta, acme), (acme, zeta)):
            answer = look(port, site, path)
            told = other.name in answer.body or (answer.status == 200 and f"/theme/{other.slug}-" in path)
            if told:
                found_wrong.append(f"{site.slug} {path}")
    return found_wrong


def test_the_same_path_on_two_hosts_is_two_answers(fronted: int, tenants: tuple[Site, Site]) -> None:
    assert crossed(fronted, tenants) == []
    tally.count("B07 cache: paths asked on two hosts", 3 * len(set(kept_paths(fronted, tenants[0]))) + 12)


@pytest.fixture
def careless(served: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """nginx whose copies are named by the path alone."""
    folder = tmp_path_factory.mktemp("careless")
    with servers.nginx(folder, served, **{"$scheme$host$request_uri;": "$request_uri;"}) as port:
        yield port


def test_copies_named_by_the_path_alone_would_cross(careless: int, tenants: tuple[Site, Site]) -> None:
    assert crossed(careless, tenants) != []


@pytest.mark.parametrize("page", PRIVATE)
def test_a_persons_page_is_kept_by_nobody_whatever_its_address_looks_like(
    fronted: int, tenants: tuple[Site, Site], alice: Person, page: str
) -> None:
    acme, zeta = tenants
    assert alice.email in look(fronted, acme, "/account", alice.cookie).body
    for shape in ("{}", *DECEIVING):
        path = shape.format(page)
        for _ in range(2):
            mine = look(fronted, acme, path, alice.cookie)
            assert not was_kept(mine), path
            assert mine.status in (400, 404) or "no-store" in mine.header("Cache-Control"), (path, mine.status)
        for site in (acme, zeta):
            theirs = look(fronted, site, path)
            assert not was_kept(theirs), path
            assert alice.email not in theirs.whole, path
            assert "alice" not in theirs.body.lower(), path
        tally.count("B07 cache: addresses that look like files")


@pytest.mark.parametrize("header", TURNING)
def test_no_header_turns_a_public_file_into_a_persons_page(
    fronted: int, tenants: tuple[Site, Site], alice: Person, header: str
) -> None:
    acme = tenants[0]
    path = kept_paths(fronted, acme)[0] + "?" + header[:12]
    poisoned = look(fronted, acme, path, alice.cookie, header)
    clean = look(fronted, acme, path)
    assert poisoned.status == clean.status == 200
    assert poisoned.body == clean.body
    assert alice.email not in clean.whole
    tally.count("B07 cache: headers that change nothing")


@pytest.mark.parametrize("header", STRANGE)
def test_nothing_a_stranger_sends_stays_in_what_others_get(
    fronted: int, tenants: tuple[Site, Site], header: str
) -> None:
    acme = tenants[0]
    for path in ("/", *kept_paths(fronted, acme)):
        address = f"{path}?{abs(hash(header))}"
        look(fronted, acme, address, header)
        clean = look(fronted, acme, address)
        assert "evil.example" not in clean.whole
        assert 'lang="ar"' not in clean.body
        assert clean.status == 200
    tally.count("B07 cache: headers that change nothing")


def test_a_persons_answers_say_themselves_that_they_must_not_be_kept(
    served: int, tenants: tuple[Site, Site], alice: Person
) -> None:
    for path in (*PRIVATE, "/", "/deals", "/nowhere", "/api/deals", "/login"):
        answer = ask(served, request(path, f"Host: {tenants[0].host}", alice.cookie))
        expected = "private, no-cache" if path.startswith("/api") else "no-store"
        assert answer.header("Cache-Control") == expected, (path, answer.status)
