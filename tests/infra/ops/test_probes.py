"""Probes answer on any host, say what is down, and tell strangers nothing more."""

import pytest
from django.test import Client, override_settings

from infra.ops import dependencies

DEAD = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last answer is remembered for a second; each test asks anew."""
    monkeypatch.setattr(dependencies, "_last", (float("-inf"), {}))


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="10.0.0.7")


@pytest.mark.usefixtures("django_db_setup")
def test_everything_is_there(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "dependencies": dict.fromkeys(["database", "cache", "broker", "live", "storage"], "ok")},
    )


@pytest.mark.usefixtures("django_db_setup")
@pytest.mark.parametrize(
    ("setting", "dependency"), [("REDIS_URL", "cache"), ("REDIS_BROKER_URL", "broker"), ("REDIS_LIVE_URL", "live")]
)
def test_a_missing_redis_degrades_and_is_named(client: Client, setting: str, dependency: str) -> None:  # promise 75
    with override_settings(**{setting: DEAD}):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert {name for name, state in answer.json()["dependencies"].items() if state != "ok"} == {dependency}


def test_a_missing_database_takes_the_process_out_of_service(client: Client) -> None:  # promise 75
    secret = "hunter2-canary"
    with override_settings(DATABASE_URL=f"postgresql://portal_app:{secret}@127.0.0.1:1/portal"):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["dependencies"]["database"]) == (503, "unreachable")
    assert secret not in answer.content.decode()  # promise 77


def test_the_answer_is_remembered_for_a_moment(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(dependencies, "_ask", lambda: asked.append(1) or {"database": ""})
    for _ in range(20):
        client.get("/readyz")
    assert len(asked) == 1


def test_the_process_answers_without_any_dependency(client: Client) -> None:
    with override_settings(DATABASE_URL="postgresql://x@127.0.0.1:1/x", REDIS_URL=DEAD):
        assert client.get("/healthz").content == b"ok"


@pytest.mark.usefixtures("django_db_setup")
def test_metrics_need_their_token(client: Client) -> None:
    for header in ("", "Bearer ", "Bearer guess"):
        assert client.get("/metrics", headers={"authorization": header}).status_code == 404
    with override_settings(METRICS_TOKEN=""):
        assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer test-metrics-token"}).status_code == 200
