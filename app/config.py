"""What this process was told: frozen, read once from the environment and the home folder's `settings.json`."""

import hmac
import json
import os
import secrets
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tenants.session import Urls

LOCAL_CHAIN_ID = 31337


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of one installation. `PORTICO_<NAME>` in the environment wins over the file."""

    home: Path
    secret_key: str
    tenant_url: str
    platform_url: str
    queue_url: str
    migrator_url: str = ""
    pooler: str = ""
    base_domain: str = "localhost"
    scheme: str = "http"
    port: int = 8000
    rpc_url: str = ""
    rpc_urls: str = ""
    etherscan_key: str = ""
    chain_sources: str = ""
    chain_id: int = LOCAL_CHAIN_ID
    mail: str = "outbox"
    mail_from: str = "no-reply@localhost"
    smtp_url: str = ""
    resend_key: str = ""
    trusted_proxies: str = ""
    limits_url: str = ""
    limit_public: int = 100
    limit_person: int = 500
    limit_office: int = 1000
    limit_entrance: int = 60
    metrics_token: str = ""
    egress_ports: str = "80,443"
    egress_loopback: int = 0

    @property
    def urls(self) -> Urls:
        return Urls(tenant=self.tenant_url, platform=self.platform_url, pooled=self.pooler == "transaction")

    @property
    def endpoints(self) -> list[str]:
        """The nodes of the chain: `rpc_url`, and the further ones of `rpc_urls`, separated by commas."""
        return [url.strip() for url in [self.rpc_url, *self.rpc_urls.split(",")] if url.strip()]

    @property
    def is_local_chain(self) -> bool:
        """Whether the chain is the development chain, where demo wallets and free money exist."""
        return self.chain_id == LOCAL_CHAIN_ID

    @property
    def is_local(self) -> bool:
        """Whether this installation is for one machine alone: development, demonstration, tests."""
        return self.base_domain == "localhost"

    @property
    def shows_mail(self) -> bool:
        """Whether mails only stand on the local outbox page, which nobody but this machine's owner can reach."""
        return self.mail == "outbox" and self.base_domain == "localhost"

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def metrics_key(self) -> str:
        """What Prometheus must show: `metrics_token`, or else a token that is made from the installation's secret."""
        return self.metrics_token or hmac.new(self.secret_key.encode(), b"metrics", "sha256").hexdigest()

    @property
    def files(self) -> Path:
        """Where uploaded files are stored: outside of anything that is served."""
        return self.home / "files"

    @property
    def keys(self) -> Path:
        """Where encrypted keystores are stored."""
        return self.home / "keys"

    @property
    def static(self) -> Path:
        """Where the built static files stand."""
        return self.home / "static"

    def url(self, host: str, path: str = "/") -> str:
        """Return the absolute address of `path` on a tenant's host."""
        standard = {"http": 80, "https": 443}[self.scheme]
        port = "" if self.port == standard else f":{self.port}"
        return f"{self.scheme}://{host}{port}{path}"

    @classmethod
    def from_env(cls) -> "Settings":
        """Return the settings of this process. Raises SystemExit with a sentence where a needed one is missing."""
        home = Path(os.environ.get("PORTICO_HOME", ".state")).resolve()
        file = home / "settings.json"
        values: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        kinds = {field.name: field.type for field in fields(cls)}
        for name, kind in kinds.items():
            given = os.environ.get(f"PORTICO_{name.upper()}")
            if given is not None:
                values[name] = int(given) if kind is int else given
        values["home"] = home
        missing = [name for name in ("secret_key", "tenant_url", "platform_url", "queue_url") if name not in values]
        if missing:
            raise SystemExit(f"{file} is missing or lacks {', '.join(missing)}: start Portico once with scripts/up.")
        return cls(**{name: value for name, value in values.items() if name in kinds})

    def save(self) -> None:
        """Keep these settings in the home folder, readable by its owner alone."""
        self.home.mkdir(parents=True, exist_ok=True)
        file = self.home / "settings.json"
        file.touch(mode=0o600)
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "home"}
        file.write_text(json.dumps(values, indent=2))


def new_secret() -> str:
    """Return a fresh secret key."""
    return secrets.token_urlsafe(48)
