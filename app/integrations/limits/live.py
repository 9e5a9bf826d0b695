"""Windows in Valkey or Redis: one script, run as a whole."""

import logging
import time
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError

from app.core.limits import standing
from app.integrations.limits.memory import InMemory
from app.integrations.limits.port import Count, Limit

log = logging.getLogger("portico.limits")
_SCRIPT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {used, redis.call('PTTL', KEYS[1])}
"""
AWAY_FOR = 5.0  # seconds in which a store that failed isn't asked again


class InValkey:
    """Windows in a store that all processes reach by `url`. While it is away each process counts for itself."""

    def __init__(self, url: str) -> None:
        self._store = Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._script = self._store.register_script(_SCRIPT)
        self._meanwhile = InMemory()
        self._away_until = 0.0

    def count(self, tenant_id: UUID, caller: str, limit: Limit) -> Count:
        """Count one request and tell how the caller stands."""
        if time.monotonic() >= self._away_until:
            try:
                key = f"portico:limits:{tenant_id}:{limit.name}:{caller}"
                used, waits = self._script(keys=[key], args=[int(limit.within.total_seconds() * 1000)])
                return standing(limit, int(used), max(0, int(waits)) / 1000)
            except RedisError as error:
                log.warning("limits are counted by each process for itself: %s", type(error).__name__)
                self._away_until = time.monotonic() + AWAY_FOR
        return self._meanwhile.count(tenant_id, caller, limit)
