"""Settings: one frozen dataclass, read once from the environment."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MINIMUM_SECRET_BYTES = 32


class BadSettings(Exception):
    """Everything that is missing or wrong, at once."""


@dataclass(frozen=True)
class Settings:
    """How this installation runs. Every field is documented in ``.env.example``.

    Attributes:
        home: data folder (database file, uploads, secret); created when missing.
        database_url: SQLAlchemy URL; SQLite in `home` unless told otherwise.
        redis_url: broker for Celery; None means the embedded worker without Redis.
        secret_key: signs sessions and tokens, at least 32 characters.
        port: where the web server listens.
        bind: the address it listens on; loopback unless told otherwise.
        public_url: how people reach the site; decides whether cookies are Secure.
        clock_file: a file with a number of seconds added to the time (rehearsals and tests only).
        trusted_hosts: host names the site answers to; empty means any.
    """

    home: Path
    database_url: str
    redis_url: str | None
    secret_key: str
    port: int
    bind: str
    public_url: str
    clock_file: Path | None
    trusted_hosts: tuple[str, ...]

    @property
    def embedded(self) -> bool:
        return self.redis_url is None

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises:
        BadSettings: something is missing or wrong; the message lists all of it.
    """
    env = os.environ if environ is None else environ
    faults: list[str] = []
    home = Path(env.get("LUJI_HOME") or "var").expanduser().resolve()
    production = env.get("LUJI_ENV", "embedded") == "production"
    redis_url = env.get("REDIS_URL") or None
    database_url = env.get("DATABASE_URL") or f"sqlite:///{home / 'luji.sqlite3'}"
    secret = env.get("SECRET_KEY", "")
    if production:
        if not env.get("DATABASE_URL"):
            faults.append("DATABASE_URL is required in production")
        if not redis_url:
            faults.append("REDIS_URL is required in production")
        if not secret:
            faults.append("SECRET_KEY is required in production")
    if secret and len(secret) < MINIMUM_SECRET_BYTES:
        faults.append(f"SECRET_KEY must have at least {MINIMUM_SECRET_BYTES} characters")
    try:
        port = int(env.get("PORT") or 8000)
    except ValueError:
        faults.append("PORT must be a number")
        port = 0
    if faults:
        raise BadSettings("; ".join(faults))
    if not secret:
        secret = _own_secret(home)
    return Settings(
        home=home,
        database_url=database_url,
        redis_url=redis_url,
        secret_key=secret,
        port=port,
        bind=env.get("LUJI_BIND") or "127.0.0.1",
        public_url=env.get("LUJI_PUBLIC_URL") or f"http://127.0.0.1:{port}",
        clock_file=Path(env["LUJI_CLOCK_FILE"]) if env.get("LUJI_CLOCK_FILE") else None,
        trusted_hosts=tuple(h.strip() for h in env.get("LUJI_TRUSTED_HOSTS", "").split(",") if h.strip()),
    )


def _own_secret(home: Path) -> str:
    """An embedded installation makes its own secret once and keeps it in its data folder."""
    path = home / "secret_key"
    home.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()
