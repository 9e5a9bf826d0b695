"""What the installation tells Prometheus and its log, and to whom."""

import json
import logging

import pytest
from flask import Flask

from app.config import Settings
from app.core import logs, metrics
from app.lifecycle import Platform
from tenants.service import Site
from tests.support import sample as samples
from tests.support.http import Visitor


@pytest.fixture
def prometheus(app: Platform, database: None) -> Visitor:
    return Visitor(app, samples.found_console().host)


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_figures_need_the_installations_token(prometheus: Visitor, settings: Settings) -> None:
    assert prometheus.get("/metrics").status == 401
    assert prometheus.get("/metrics", headers=bearing("guess")).status == 401
    assert prometheus.get("/metrics", headers=bearing(settings.metrics_key)).status == 200
    assert prometheus.page.mimetype == "text/plain"


def test_a_tenants_host_has_no_figures(visitor: Visitor, settings: Settings) -> None:
    assert visitor.get("/metrics", headers=bearing(settings.metrics_key)).status == 404


def test_an_answer_is_counted_for_its_tenant(
    prometheus: Visitor, visitor: Visitor, acme: Site, settings: Settings
) -> None:
    visitor.get("/deals")
    visitor.get("/deals")
    told = prometheus.get("/metrics", headers=bearing(settings.metrics_key)).text
    assert f'portico_http_requests_total{{method="GET",status="200",tenant="{acme.slug}"}} 2.0' in told
    assert 'portico_http_request_seconds_count{endpoint="deals.index"}' in told


def test_a_job_is_counted_as_what_became_of_it() -> None:
    with metrics.job("tests.fine"):
        pass
    with pytest.raises(ValueError, match="no"), metrics.job("tests.fails"):
        raise ValueError("no")
    told = metrics.exposition().decode()
    assert 'portico_jobs_total{outcome="done",task="tests.fine"} 1.0' in told
    assert 'portico_jobs_total{outcome="failed",task="tests.fails"} 1.0' in told


def test_every_answer_has_an_id_that_its_log_line_has(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="portico.access")
    ids = {visitor.get("/deals").page.headers["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20
    line = caplog.records[-1]
    assert (line.route, line.endpoint, line.status, line.method) == ("/deals", "deals.index", 200, "GET")  # type: ignore[attr-defined]


def test_a_log_line_is_one_json_object_without_the_address(
    app: Flask, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="portico.access")
    visitor.get("/reset/a-secret-token?next=/also-secret")
    with logs.about("an-id"):
        line = logs.Lines("web").format(caplog.records[-1])
    told = json.loads(line)
    assert "secret" not in line
    assert (told["request"], told["process"], told["route"], told["status"]) == ("an-id", "web", "/reset/<token>", 404)


def test_what_went_wrong_is_in_the_line(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("of this kind")
    except ValueError:
        logging.getLogger("portico.tests").exception("it broke\nover two lines")
    line = logs.Lines("worker").format(caplog.records[-1])
    assert "\n" not in line
    assert "ValueError: of this kind" in json.loads(line)["error"]
