"""What those who answer for people, verification and the ways in ask of the interface."""

from app.core import clock
from app.modules.audit import service as audit
from app.modules.federation import queries
from app.modules.federation import service as federation
from tests.functional.story import Story
from tests.support.programs import Program

PROVIDERS, ISSUERS = "/api/admin/sign-in/providers", "/api/admin/sign-in/issuers"
PUBLISHED = {"issuer": "https://login.example.com", "jwks_uri": "https://login.example.com/keys"}


def access(story: Story) -> None:
    _files(story)
    _conversation(story)
    _links(story)
    _keys_and_seals(story)
    _people(story)
    _providers(story)
    _issuers(story)
    _look(story)
    _tenant(story)


def _files(story: Story) -> None:
    carol, one = story.programs["carol"], "/api/admin/applications/{case_id}"
    at = {"case_id": carol.ask("GET", "/api/admin/applications", query="?queue=approved")["applications"][0]["id"]}
    carol.ask("POST", one + "/checks", **at)
    hit = {"kind": "pep", "outcome": "open", "finding": "A namesake in the list of today"}
    checks = {each["kind"]: each for each in carol.ask("POST", one + "/checks", hit, **at)["checks"]}
    assert (checks["sanctions"]["outcome"], checks["pep"]["outcome"]) == ("clear", "open")
    settled = carol.ask("PUT", one + "/checks/{check_id}", check_id=checks["pep"]["id"], **at)["checks"]
    assert {each["kind"]: each["outcome"] for each in settled} == {"sanctions": "clear", "pep": "cleared"}
    carol.ask("POST", one + "/notes", **at)
    lines = carol.ask("GET", one + "/trail", **at)["lines"]
    assert [(each["what"], each["shown"]) for each in lines][-1] == ("note", False)
    assert "parents" in lines[-1]["text"]


def _conversation(story: Story) -> None:
    otto, irene = story.programs["otto"], story.programs["irene"]
    at = {"deal_id": otto.ask("GET", "/api/admin/deals")["running"][0]["id"]}
    said = otto.ask("POST", "/api/admin/deals/{deal_id}/comments", **at)["comments"]
    assert [each["isReviewer"] for each in said] == [False, True]
    assert otto.ask("GET", "/api/admin/deals/{deal_id}/comments", **at)["comments"] == said
    assert irene.ask("GET", "/api/issuer/deals/{deal_id}/comments", **at)["comments"] == said


def _links(story: Story) -> None:
    otto, nobody = story.programs["otto"], story.programs[""]
    otto.ask("POST", "/api/admin/users", {"email": "bram@example.com", "name": "Bram", "role": "issuer"})
    story.known["invite"] = story.link("invite", "bram@example.com")
    nobody.ask("POST", "/api/auth/invitation")
    assert nobody.ask("POST", "/api/auth/invitation", well=False)["code"] == "link-unusable"
    nobody.ask("POST", "/api/auth/verify/again")
    story.known["email"] = story.link("email", "bram@example.com", about="bram@new.example.com")
    nobody.ask("POST", "/api/auth/email/confirm")
    story.known["keep"] = story.link("keep-email", "bram@new.example.com", about="bram@example.com")
    nobody.ask("POST", "/api/auth/email/keep")
    said = {"email": "bram@example.com", "password": "nine green boats in the sluice"}
    assert nobody.ask("POST", "/api/auth/login", said)["user"]["role"] == "issuer"


def _keys_and_seals(story: Story) -> None:
    nobody, irene, otto = (story.programs[name] for name in ("", "irene", "otto"))
    made = irene.ask("POST", "/api/profile/keys")
    assert (made["key"]["scopes"], made["secret"].startswith(f"pk_{made['key']['prefix']}_")) == (["read"], True)
    assert made["secret"] not in str(irene.ask("GET", "/api/profile/keys"))
    assert nobody.ask("GET", "/api/legal")["terms"] == story.desk.site.settings.terms_text
    story.desk.settle()
    with story.desk.session() as session:
        audit.seal(session, now=clock.now())
    sealed = otto.ask("GET", "/api/admin/audit/check")
    assert (sealed["holds"], sealed["links"], sealed["same"]) == (True, sealed["headNumber"], None)
    kept = f"?number={sealed['headNumber']}&hash="
    assert otto.ask("GET", "/api/admin/audit/check", query=kept + sealed["headHash"])["same"] is True
    assert otto.ask("GET", "/api/admin/audit/check", query=kept + "ab" * 32)["same"] is False
    deal_id = irene.ask("GET", "/api/issuer/deals")["deals"][0]["id"]
    at = {"deal_id": deal_id, "investment_id": _released(irene, deal_id)}
    file = irene.ask("GET", "/api/issuer/deals/{deal_id}/investors/{investment_id}", **at)
    assert (file["escrow"], file["amount"], file["price"], file["tokens"]) == ("released", "10000", "1000", "10")
    assert file["returned"] is None
    assert file["paidIn"] != file["ended"]


def _released(irene: Program, deal_id: str) -> str:
    found = irene.ask("GET", "/api/issuer/deals/{deal_id}/investors", deal_id=deal_id)["investors"]
    return next(str(each["id"]) for each in found if each["status"] == "completed")


def _people(story: Story) -> None:
    otto, act = story.programs["otto"], "/api/admin/users/{user_id}/invitation/{act}"
    noor = {"email": "noor@example.com", "name": "Noor", "role": "issuer"}
    at = {"user_id": otto.ask("POST", "/api/admin/users", noor)["id"]}
    open_to = [each["user"]["email"] for each in otto.ask("GET", "/api/admin/invitations")["invitations"]]
    assert "noor@example.com" in open_to
    assert otto.ask("POST", act, act="resend", **at)["roles"] == ["issuer"]
    assert otto.ask("POST", act, act="withdraw", **at)["roles"] == []
    assert otto.ask("POST", "/api/admin/users/{user_id}/reset-factors", **at)["email"] == "noor@example.com"
    may = {each["permission"]: each for each in otto.ask("GET", "/api/admin/roles")["permissions"]}
    assert {each["role"]: each["allowed"] for each in may["compliance.decide"]["roles"]} == {
        "investor": False, "issuer": False, "compliance_officer": True, "tenant_admin": False,
    }  # fmt: skip
    before = otto.ask("GET", "/api/admin/entrance")
    changed = otto.ask("PUT", "/api/admin/entrance")
    assert (before["idleMinutes"], changed["idleMinutes"]) == (0, 60)
    otto.ask("PUT", "/api/admin/entrance", before)


def _providers(story: Story) -> None:
    otto, one = story.programs["otto"], PROVIDERS + "/{provider_id}"
    made = otto.ask("POST", PROVIDERS)
    at = {"provider_id": made["id"]}
    assert (made["hasSecret"], made["enabled"], made["roleMap"]) == (True, False, {"fund-team": "issuer"})
    assert "as the provider gave it" not in otto.answer.text
    assert made["returnAddress"].endswith(f"/sign-in/{made['slug']}/return")
    assert otto.ask("PUT", one + "/enabled", well=False, **at)["code"] == "provider-not-ready"
    with story.desk.session() as session:  # as if it had answered
        provider_id = queries.providers(session)[0].id
        keys = {"keys": [{"kty": "EC"}]}
        federation.keep_look(session, provider_id=provider_id, document=PUBLISHED, keys=keys, now=clock.now())
    assert otto.ask("PUT", one + "/enabled", **at)["enabled"] is True
    assert otto.ask("PUT", one, **at)["hasSecret"] is True, "a secret that isn't sent stays"
    otto.ask("POST", one + "/test", **at)
    assert otto.ask("GET", PROVIDERS)["providers"] == [otto.ask("GET", one, **at)]
    otto.ask("DELETE", one, **at)
    assert otto.ask("GET", one, well=False, **at)["code"] == "unknown-provider"


def _issuers(story: Story) -> None:
    otto, one = story.programs["otto"], ISSUERS + "/{issuer_id}"
    at = {"issuer_id": otto.ask("POST", ISSUERS)["id"]}
    assert otto.ask("PUT", one + "/enabled", well=False, **at)["code"] == "provider-not-ready"
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "one"}
    own = {"name": "Machines", "issuer": "https://tokens.example.com", "audience": "acme", "keys": {"keys": [key]}}
    assert otto.ask("PUT", one, own, **at)["keys"] == {"keys": [key]}
    assert otto.ask("PUT", one + "/enabled", **at)["enabled"] is True
    assert otto.ask("PUT", one, **at)["enabled"] is False, "its keys are to be fetched first"
    assert otto.ask("GET", ISSUERS)["issuers"] == [otto.ask("GET", one, **at)]
    otto.ask("DELETE", one, **at)


def _look(story: Story) -> None:
    otto = story.programs["otto"]
    before = otto.ask("GET", "/api/admin/site/brand")
    changed = otto.ask("PUT", "/api/admin/site/brand")
    assert (changed["pack"], changed["tagline"]) == ("classic", "A house that keeps.")
    assert otto.ask("PUT", "/api/admin/site/brand", before) == before
    assert otto.ask("GET", "/api/admin/site/hosts")["hosts"][0]["host"] == otto.host


def _tenant(story: Story) -> None:
    sam, at = story.programs["sam"], {"slug": story.desk.site.slug}
    features = "/api/console/tenants/{slug}/features/{name}"
    assert "escrow" in sam.ask("PUT", features, name="escrow", **at)["features"]
    host = {"host": f"also.{story.desk.site.host}"}
    assert sam.ask("POST", "/api/console/tenants/{slug}/hosts", host, **at)["hosts"][-1]["kind"] == "redirect"
    assert len(sam.ask("GET", "/api/console/tenants/{slug}/hosts", **at)["hosts"]) == 2
