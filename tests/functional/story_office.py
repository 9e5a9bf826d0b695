"""What administrators and who runs the installation ask of the interface."""

from uuid import UUID

from app.modules.webhooks import queries
from tests.functional.story import Story


def office(story: Story) -> None:
    otto = story.programs["otto"]
    invited = otto.ask("POST", "/api/admin/users")
    at = {"user_id": invited["id"]}
    roles = "/api/admin/users/{user_id}/roles/{role}"
    assert "investor" in otto.ask("PUT", roles, role="investor", **at)["roles"]
    assert "investor" not in otto.ask("DELETE", roles, role="investor", **at)["roles"]
    assert otto.ask("POST", "/api/admin/users/{user_id}/suspend", **at)["status"] == "suspended"
    assert otto.ask("POST", "/api/admin/users/{user_id}/reactivate", **at)["status"] == "active"
    assert otto.ask("GET", "/api/admin/users/{user_id}", **at)["name"] == "Nora Haddad"
    assert otto.ask("GET", "/api/admin/users", query="?search=nora")["total"] == 1
    assert otto.ask("GET", "/api/admin/stats")["deals"] == {"open": 1}
    otto.ask("GET", "/api/admin/site")
    assert otto.ask("PATCH", "/api/admin/site")["settings"]["contact_email"] == "office@example.com"
    otto.ask("PUT", "/api/admin/features/{name}", name="escrow")
    part = otto.ask("GET", "/api/admin/audit", query="?limit=5")
    behind = otto.ask("GET", "/api/admin/audit", query=f"?limit=5&cursor={part['next']}")
    assert not {each["id"] for each in part["entries"]} & {each["id"] for each in behind["entries"]}


def webhooks(story: Story) -> None:
    otto, one = story.programs["otto"], "/api/admin/webhooks/{endpoint_id}"
    made = otto.ask("POST", "/api/admin/webhooks")
    at = {"endpoint_id": made["webhook"]["id"]}
    assert made["secret"].startswith("whsec_")
    assert "secret" not in otto.ask("GET", one, **at)
    assert len(otto.ask("GET", "/api/admin/webhooks")["webhooks"]) == 1
    assert "deal.opened" in [each["type"] for each in otto.ask("GET", "/api/admin/webhooks/kinds")["kinds"]]
    assert otto.ask("PUT", one, **at)["kinds"] == ["deal.opened"]
    assert otto.ask("POST", one + "/secret", **at)["secret"] != made["secret"]
    assert otto.ask("POST", one + "/test", **at, well=False)["code"] == "webhook-not-proven"
    assert otto.ask("POST", one + "/challenge", **at)["state"] == "proving"
    with story.desk.session() as session:  # as if the challenge had been answered
        queries.endpoint(session, UUID(at["endpoint_id"])).state = "active"
    otto.ask("POST", one + "/test", **at)
    sent = otto.ask("GET", one + "/messages", **at)["messages"]
    assert [each["type"] for each in sent] == ["webhook.test", "webhook.challenge", "webhook.challenge"]
    again = "/api/admin/webhooks/messages/{delivery_id}/replay"
    assert otto.ask("POST", again, delivery_id=sent[0]["id"])["state"] == "waiting"
    assert otto.ask("POST", one + "/replay", **at)["messages"] == 0
    assert otto.ask("POST", one + "/stop", **at)["state"] == "off"
    otto.ask("DELETE", one, **at)


def console(story: Story) -> None:
    sam = story.programs["sam"]
    slug = story.desk.site.slug
    new = {"slug": f"new-{slug[-8:]}", "name": "New", "adminName": "Otto", "adminEmail": "otto@example.com"}
    assert sam.ask("POST", "/api/console/tenants", new)["lacking"]
    assert sam.ask("GET", "/api/console/tenants", query=f"?search={new['slug']}")["total"] == 1
    at = {"slug": new["slug"]}
    sam.ask("GET", "/api/console/tenants/{slug}", **at)
    assert sam.ask("POST", "/api/console/tenants/{slug}/suspend", **at)["status"] == "suspended"
    assert sam.ask("POST", "/api/console/tenants/{slug}/reactivate", **at)["status"] == "active"
    closing = {"reason": "Its contract has ended.", "slug": new["slug"]}
    assert sam.ask("POST", "/api/console/tenants/{slug}/close", closing, **at)["status"] == "closed"
