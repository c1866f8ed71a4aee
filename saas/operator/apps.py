from django.apps import AppConfig


class OperatorConfig(AppConfig):
    name = "saas.operator"
    label = "operator_console"

    def ready(self) -> None:
        from infra.live import depend
        from infra.ui.notices import add_source
        from saas.operator.notices import backups_overdue
        from saas.operator.support_session import notices

        add_source(notices)
        add_source(backups_overdue)
        depend("saas.operator.support_session.may_listen")
