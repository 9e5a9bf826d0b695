"""Verification through the JSON door."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.modules.compliance import queries, service
from app.modules.compliance.errors import NoSuchCase
from app.modules.compliance.permissions import POLICY, Perm
from app.web.access import requires
from app.web.current import current

api = Blueprint("compliance_api", __name__, url_prefix="/api")


@api.get("/profile/verification")
@requires(Perm.TAKE_PART, POLICY)
def status() -> ResponseReturnValue:
    """Answer with the level the person holds and where the newest case stands."""
    return jsonify(_standing())


@api.get("/investor/kyc")
@requires(Perm.TAKE_PART, POLICY)
def kyc() -> ResponseReturnValue:
    """The same, under the address that investors' programs know."""
    return jsonify(_standing())


@api.post("/investor/kyc")
@requires(Perm.TAKE_PART, POLICY)
def submit() -> ResponseReturnValue:
    """Send the open case for review; its parts come through the pages."""
    case = queries.open_case(current.session, current.actor.require_id())
    if case is None:
        raise NoSuchCase
    service.submit(current.session, actor=current.actor, case_id=case.id, now=current.now)
    return jsonify({"success": True, **_standing()})


def _standing() -> dict[str, object]:
    standing = service.status_of(current.session, current.actor.require_id(), current.now)
    return {
        "status": standing.status.value,
        "level": standing.level.value,
        "requestedLevel": standing.requested.value if standing.requested else None,
        "requiredLevel": current.site.settings.required_level,
        "missing": standing.missing,
        "caseId": str(standing.case_id) if standing.case_id else None,
        "submittedAt": standing.submitted_at.isoformat() if standing.submitted_at else None,
        "expiresAt": standing.expires_at.isoformat() if standing.expires_at else None,
    }
