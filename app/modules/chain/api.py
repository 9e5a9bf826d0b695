"""Where services that watch the chain say that something happened: a hint to look now, never a reason to believe it."""

from functools import lru_cache

from flask import Blueprint, request

from app.core import jobs
from app.core.errors import NotFound
from app.core.limits import InMemory, Limit
from app.modules.chain import rules_hints
from app.modules.chain.errors import HintTooLong, SignatureWrong
from app.web.access import bare
from app.web.current import current
from app.web.limits import NO_TENANT, RateLimited
from app.web.operations import Done, operation
from tenants.session import tenant_session

api = Blueprint("chain_api", __name__)

OF_ONE_SOURCE = Limit("source", 120)
AT_ONCE = Limit("looks", 20)  # looks that are asked for, over all sources; the follower looks by itself anyway
_counted = InMemory()


@api.post("/api/webhooks/blockchain")
@operation(
    summary="Say that something happened on the chain",
    answer=Done,
    status=202,
    problems=[SignatureWrong, HintTooLong, NotFound],
)
@bare
def blockchain() -> Done:
    """Take a message signed as Standard Webhooks say, with the secret of a source that the operator has set.

    What it says is not read: it only makes the site look at the chain at once. A 404 means that no source is set.
    """
    known = _sources(current.settings.chain_sources)
    if not known:
        raise NotFound
    if (request.content_length or 0) > rules_hints.LONGEST:
        raise HintTooLong
    headers = {name.lower(): value for name, value in request.headers.items()}
    source = rules_hints.source_of(known, headers, request.get_data(), now=current.now.timestamp())
    if source is None:
        raise SignatureWrong
    _count(source.name, OF_ONE_SOURCE)
    if _counted.count(NO_TENANT, "", AT_ONCE).passes:
        with tenant_session(current.site.id) as session:
            jobs.later(session, "chain.look")
    return Done()


@lru_cache(maxsize=4)
def _sources(text: str) -> tuple[rules_hints.Source, ...]:
    return rules_hints.sources(text)


def _count(caller: str, limit: Limit) -> None:
    found = _counted.count(NO_TENANT, caller, limit)
    if not found.passes:
        raise RateLimited(retry_after=found.resets_in)
