"""Address of the audit log."""

from django.urls import path

from infra.audit.views import log

app_name = "audit"
urlpatterns = [path("settings/audit/", log.audit_log, name="log")]
