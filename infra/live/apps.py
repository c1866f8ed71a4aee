from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "infra.live"
    label = "live"

    def ready(self) -> None:
        from infra.live.groups import allow

        allow("user", "infra.live.groups.own")
        allow("portal", "infra.live.groups.everyone")
