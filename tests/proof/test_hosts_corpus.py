"""Every way to name a host over a real socket has one defined answer: its own site, or nobody's (battery B30).

The same requests go to the application server itself and through nginx as it is shipped. Nobody's answers name no
tenant and set no cookie; whatever is asked, an answer never names two.
"""

import pytest

from tenants.service import Site
from tests.conftest import found
from tests.support import tally
from tests.support.servers import Answer, ask, request

OWN, ALIKE, NOBODY = "its own site", "one site, whichever", "nobody"

# Name → target of the request line, headers, and whose the answer is. A and Z are the hosts of two tenants.
CASES: dict[str, tuple[str, list[str], str]] = {
    "the host": ("/", ["Host: A"], OWN),
    "upper case": ("/", ["Host: UPPER"], OWN),
    "a final dot": ("/", ["Host: A."], OWN),
    "a port": ("/", ["Host: A:8443"], OWN),
    "upper case, dot and port": ("/", ["Host: UPPER.:443"], OWN),
    "a header's name in another case": ("/", ["hOsT: A"], OWN),
    "spaces around it": ("/", ["Host:   A  "], OWN),
    "nothing": ("/", [], NOBODY),
    "an empty one": ("/", ["Host: "], NOBODY),
    "two of them": ("/", ["Host: A", "Host: Z"], NOBODY),
    "the same twice": ("/", ["Host: A", "Host: A"], ALIKE),
    "two in a list": ("/", ["Host: A, Z"], NOBODY),
    "two in a list without a space": ("/", ["Host: A,Z"], NOBODY),
    "two with a space": ("/", ["Host: A Z"], NOBODY),
    "somebody before it": ("/", ["Host: A@evil.example"], NOBODY),
    "as somebody elsewhere": ("/", ["Host: evil.example@A"], NOBODY),
    "a scheme": ("/", ["Host: http://A"], NOBODY),
    "a path": ("/", ["Host: A/deals"], NOBODY),
    "a question": ("/", ["Host: A?x"], NOBODY),
    "a fragment": ("/", ["Host: A#x"], NOBODY),
    "a backslash": ("/", ["Host: A\\evil.example"], NOBODY),
    "a port that is none": ("/", ["Host: A:x"], NOBODY),
    "a port of zero": ("/", ["Host: A:0"], ALIKE),
    "a port beyond all": ("/", ["Host: A:65536"], NOBODY),
    "two ports": ("/", ["Host: A:80:80"], NOBODY),
    "an empty port": ("/", ["Host: A:"], ALIKE),
    "a dot before it": ("/", ["Host: .A"], NOBODY),
    "two final dots": ("/", ["Host: A.."], NOBODY),
    "a label more": ("/", ["Host: www.A"], NOBODY),
    "a label behind": ("/", ["Host: A.evil.example"], NOBODY),
    "the last label alone": ("/", ["Host: localhost"], NOBODY),
    "an unknown one": ("/", ["Host: nobody.example"], NOBODY),
    "an address": ("/", ["Host: 127.0.0.1"], NOBODY),
    "an address in one number": ("/", ["Host: 2130706433"], NOBODY),
    "an address of six": ("/", ["Host: [::1]"], NOBODY),
    "an underscore": ("/", ["Host: a_b.example"], NOBODY),
    "a star": ("/", ["Host: *.localhost"], NOBODY),
    "an encoded name": ("/", ["Host: xn--mnchen-3ya.example"], NOBODY),
    "a raw name": ("/", ["Host: münchen.example"], NOBODY),
    "letters that only look alike": ("/", ["Host: lookalike"], NOBODY),
    "an encoded dot": ("/", ["Host: A%2elocalhost"], NOBODY),
    "a zero byte": ("/", ["Host: A\0.evil.example"], NOBODY),
    "a longer name than names can be": ("/", [f"Host: {'a' * 64}.example"], NOBODY),
    "a far too long one": ("/", [f"Host: {'a.' * 200}example"], NOBODY),
    "a line that goes on": ("/", ["Host: A", " .evil.example"], NOBODY),
    "a lone carriage return": ("/", ["Host: A\rHost: Z"], NOBODY),
    "a lone line feed": ("/", ["Host: A\nX-Other: Z"], ALIKE),
    "a space before the colon": ("/", ["Host : A"], NOBODY),
    "encoded lines in the path": ("/%0d%0aHost:%20Z", ["Host: A"], ALIKE),
    "another host in the request line": ("http://Z/", ["Host: A"], ALIKE),
    "a stranger in the request line": ("http://nobody.example/", ["Host: A"], ALIKE),
    "the host in the request line alone": ("http://A/", [], ALIKE),
    "somebody in the request line": ("http://A@nobody.example/", ["Host: nobody.example"], NOBODY),
    "two slashes and another host": ("//Z/", ["Host: A"], ALIKE),
    "X-Forwarded-Host": ("/", ["Host: A", "X-Forwarded-Host: Z"], OWN),
    "X-Forwarded-Host over a stranger": ("/", ["Host: nobody.example", "X-Forwarded-Host: A"], NOBODY),
    "Forwarded": ("/", ["Host: A", "Forwarded: for=1.2.3.4;host=Z"], OWN),
    "X-Host": ("/", ["Host: A", "X-Host: Z"], OWN),
    "X-Original-Host": ("/", ["Host: A", "X-Original-Host: Z"], OWN),
    "X-Forwarded-Server": ("/", ["Host: A", "X-Forwarded-Server: Z"], OWN),
    "X-HTTP-Host-Override": ("/", ["Host: A", "X-HTTP-Host-Override: Z"], OWN),
    "X-Original-URL": ("/", ["Host: A", "X-Original-URL: http://Z/"], OWN),
    "X-Rewrite-URL": ("/", ["Host: A", "X-Rewrite-URL: //Z/"], OWN),
    "X-Forwarded-Prefix": ("/", ["Host: A", "X-Forwarded-Prefix: //Z"], OWN),
    "Referer and Origin": ("/", ["Host: A", "Referer: https://Z/", "Origin: https://Z"], OWN),
}  # fmt: skip


@pytest.fixture(scope="module")
def tenants(database: None) -> tuple[Site, Site]:
    return found("acme", "Acme Real Assets"), found("zeta", "Zeta Placements")


def filled(text: str, acme: Site, zeta: Site) -> str:
    """Put the tenants' hosts in the places of a case."""
    alike = acme.host.replace("a", "а", 1)  # a Cyrillic letter
    text = text.replace("lookalike", alike).replace("UPPER", acme.host.upper())
    for place, host in (("A", acme.host), ("Z", zeta.host)):
        for before in (" ", "/", "@", ",", ".", "=", "%20"):
            text = text.replace(f"{before}{place}", f"{before}{host}") if _stands_alone(text, before, place) else text
    return text


def _stands_alone(text: str, before: str, place: str) -> bool:
    rest = text.partition(f"{before}{place}")[2]
    return f"{before}{place}" in text and not rest[:1].isalpha()


def names(answer: Answer, *sites: Site) -> set[str]:
    """Return whose sites an answer is, by their names, their style sheets and where it leads."""
    where = answer.header("Location")
    return {
        site.slug
        for site in sites
        if site.name in answer.whole or f"/theme/{site.slug}-" in answer.body or f"//{site.host}" in where
    }


@pytest.mark.parametrize("door", ["served", "fronted"])
def test_every_way_to_name_a_host_has_one_answer(
    door: str, tenants: tuple[Site, Site], request: pytest.FixtureRequest
) -> None:
    port, (acme, zeta) = request.getfixturevalue(door), tenants
    wrong = []
    for case, (target, headers, whose) in CASES.items():
        raw = raw_of(filled(target, acme, zeta), [filled(line, acme, zeta) for line in headers])
        answer = ask(port, raw, tls=door == "fronted")
        if not is_right(answer, whose, acme, zeta):
            wrong.append(f"{case}: {answer.status} {answer.header('Location')} {names(answer, acme, zeta)}")
    assert wrong == [], "\n".join(wrong)
    assert len(CASES) >= 60
    tally.count(f"B30 hosts: requests to {'nginx' if door == 'fronted' else 'the server itself'}", len(CASES))


def raw_of(target: str, headers: list[str]) -> bytes:
    return request(target, *headers)


def is_right(answer: Answer, whose: str, acme: Site, zeta: Site) -> bool:
    told = names(answer, acme, zeta)
    if whose == OWN:
        return answer.status == 200 and told == {acme.slug}
    if whose == ALIKE:
        return len(told) <= 1 and answer.status in (0, 200, 308, 400, 404, 421)
    return answer.status in (0, 400, 404, 421) and told == set() and answer.header("Set-Cookie") == ""
