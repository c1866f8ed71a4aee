from typing import Any

from celery.signals import worker_init
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from infra.ops import logs, measures
from infra.ops.pooling import TransactionPooling, refuse_transaction_pooling


class OpsConfig(AppConfig):
    name = "infra.ops"
    label = "ops"

    def ready(self) -> None:
        logs.configure()
        measures.register()
        register(check_pooling, Tags.database)
        worker_init.connect(refuse_pooling_worker)


def check_pooling(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """`manage.py check --database default`, which every start runs before it serves."""
    if not databases:
        return []
    try:
        refuse_transaction_pooling(settings.DATABASE_URL)
    except TransactionPooling as refusal:
        return [Error(str(refusal), id="ops.E001")]
    return []


def refuse_pooling_worker(**_: Any) -> None:
    refuse_transaction_pooling(settings.DATABASE_URL)
