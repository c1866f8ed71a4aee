from typing import Any

from celery.signals import worker_init
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from redis.exceptions import RedisError

from infra.ops import logs, measures
from infra.ops.durability import ForgetfulServer, refuse_forgetful_broker, refuse_forgetful_database
from infra.ops.pooling import TransactionPooling, refuse_transaction_pooling


class OpsConfig(AppConfig):
    name = "infra.ops"
    label = "ops"

    def ready(self) -> None:
        logs.configure()
        measures.register()
        register(check_servers, Tags.database)
        worker_init.connect(refuse_to_work)


def check_servers(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """`manage.py check --database default`, which every start runs before it serves."""
    if not databases:
        return []
    try:
        refuse_transaction_pooling(settings.DATABASE_URL)
    except TransactionPooling as refusal:
        return [Error(str(refusal), id="ops.E001")]
    if settings.DURABLE_SERVERS:
        try:
            refuse_forgetful_database(settings.DATABASE_URL)
        except ForgetfulServer as refusal:
            return [Error(str(refusal), id="ops.E002")]
        try:
            refuse_forgetful_broker(settings.REDIS_BROKER_URL)
        except ForgetfulServer as refusal:
            return [Error(str(refusal), id="ops.E003")]
        except RedisError as away:  # pages are served without it; workers ask again when they start
            return [checks.Warning(f"The Redis of REDIS_BROKER_URL could not be asked: {away}", id="ops.W003")]
    return []


def refuse_to_work(**_: Any) -> None:
    """A worker that starts over servers like these ends at once."""
    refuse_transaction_pooling(settings.DATABASE_URL)
    if settings.DURABLE_SERVERS:
        refuse_forgetful_database(settings.DATABASE_URL)
        refuse_forgetful_broker(settings.REDIS_BROKER_URL)
