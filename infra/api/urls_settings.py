"""Pages where people manage their access tokens."""

from django.urls import path

from infra.api import views

app_name = "api"
urlpatterns = [
    path("settings/api/", views.tokens, name="tokens"),
    path("settings/api/new/", views.issue, name="issue"),
    path("settings/api/<int:token_id>/revoke/", views.revoke, name="revoke"),
]
