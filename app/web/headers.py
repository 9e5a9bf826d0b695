"""The headers of every answer (docs/security.md). Tenants can't add sources; nothing inline runs without the nonce."""

from flask import Response, g, request

from app.web.theming import csp_nonce

CSP = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'none'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'; manifest-src 'self'"
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def finish(response: Response) -> Response:
    """Add the security headers, and forbid keeping what belongs to a person."""
    said = {name.lower() for name, _ in response.headers}
    for name, value in ALWAYS.items():
        if name.lower() not in said:
            response.headers.add(name, value)
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", CSP.format(nonce=csp_nonce()))
    else:
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
    if g.settings.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    actor = g.get("actor")
    if (actor is not None and actor.is_person) or response.status_code >= 400 or request.method not in {"GET", "HEAD"}:
        response.headers["Cache-Control"] = "no-store"
    else:
        response.headers.setdefault("Cache-Control", "private, no-cache")
    if "immutable" not in response.headers["Cache-Control"]:
        response.vary.add(
            "Authorization" if request.path.startswith("/api/") else "Cookie"
        )  # what is named by its content is the same for everybody
    return response
