"""Pages of webhooks, under /settings/webhooks/."""

from django.urls import path

from infra.webhooks.views import hooks

app_name = "webhooks"
urlpatterns = [
    path("settings/webhooks/", hooks.webhooks, name="webhooks"),
    path("settings/webhooks/new/", hooks.add, name="add"),
    path("settings/webhooks/<int:webhook_id>/", hooks.webhook, name="webhook"),
    path("settings/webhooks/<int:webhook_id>/change/", hooks.change, name="change"),
    path("settings/webhooks/<int:webhook_id>/ping/", hooks.send_ping, name="ping"),
    path("settings/webhooks/<int:webhook_id>/renew/", hooks.renew, name="renew"),
    path("settings/webhooks/<int:webhook_id>/pause/", hooks.pause, name="pause"),
    path("settings/webhooks/<int:webhook_id>/resume/", hooks.resume, name="resume"),
    path("settings/webhooks/<int:webhook_id>/remove/", hooks.remove, name="remove"),
    path("settings/webhooks/messages/<int:message_id>/again/", hooks.again, name="again"),
]
