"""A statement that takes long is logged with its text and without its values."""

import logging

import pytest
from sqlalchemy import create_engine, text

from app.config import Settings
from app.core import slow_queries


def test_a_slow_statement_is_logged_without_its_values(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTICO_SLOW_QUERY_MS", "20")
    engine = create_engine(settings.platform_url)
    slow_queries.install(engine)
    caplog.set_level(logging.WARNING, logger="portico.slow-query")
    with engine.connect() as connection:
        connection.execute(text("select :value"), {"value": "quick-secret"})
        assert caplog.records == []
        connection.execute(text("select :value, pg_sleep(0.03)"), {"value": "slow-secret"})
    engine.dispose()
    (line,) = caplog.records
    assert "pg_sleep" in line.statement  # type: ignore[attr-defined]
    assert line.milliseconds > 20  # type: ignore[attr-defined]
    assert "slow-secret" not in str(vars(line))
