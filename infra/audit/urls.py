"""Address of the audit log."""

from django.urls import path

from infra.audit.views.log import audit_log

app_name = "audit"
urlpatterns = [path("settings/audit/", audit_log, name="log")]
