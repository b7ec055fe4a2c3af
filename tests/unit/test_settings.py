"""Settings: an office needs none, a production site hears at once of everything that is missing."""

import stat
from pathlib import Path

import pytest

from workflows.settings import BadSettings, from_environment

PRODUCTION = {
    "LUJI_ENV": "production",
    "DATABASE_URL": "postgresql://luji@database/luji",
    "REDIS_URL": "redis://redis:6379/0",
    "SECRET_KEY": "s" * 48,
}


def test_an_office_needs_no_settings_but_a_folder(tmp_path: Path) -> None:
    settings = from_environment({"LUJI_HOME": str(tmp_path)})
    assert settings.embedded
    assert settings.database_url == f"sqlite:///{tmp_path / 'luji.sqlite3'}"
    assert (settings.bind, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert not settings.secure_cookies


def test_its_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    home = tmp_path / "new"
    first = from_environment({"LUJI_HOME": str(home)}).secret_key
    assert len(first) >= 48
    assert from_environment({"LUJI_HOME": str(home)}).secret_key == first
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600


def test_production_names_everything_that_is_missing_at_once() -> None:
    with pytest.raises(BadSettings) as refusal:
        from_environment({"LUJI_ENV": "production", "PORT": "eighty"})
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PORT"):
        assert name in str(refusal.value)


def test_a_short_secret_is_refused_everywhere() -> None:
    with pytest.raises(BadSettings, match="at least 32"):
        from_environment({**PRODUCTION, "SECRET_KEY": "s" * 31})


def test_production_settings(tmp_path: Path) -> None:
    settings = from_environment(
        {
            **PRODUCTION,
            "LUJI_HOME": str(tmp_path),
            "PORT": "9000",
            "LUJI_BIND": "0.0.0.0",  # noqa: S104  # what a container listens on
            "LUJI_PUBLIC_URL": "https://luji.example",
            "LUJI_TRUSTED_HOSTS": "luji.example, www.luji.example,",
        }
    )
    assert not settings.embedded
    assert settings.secure_cookies
    assert settings.port == 9000
    assert settings.trusted_hosts == ("luji.example", "www.luji.example")
    assert not (tmp_path / "secret_key").exists()
