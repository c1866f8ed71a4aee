"""Pages of reports, under /crm/reports/, and of the plan."""

from __future__ import annotations

from django.urls import path

from modules.crm.views import done, goals, report_keeping, reports

urlpatterns = [
    path("reports/", reports.gallery, name="reports"),
    path("reports/goals/", goals.goals, name="goals"),
    path("reports/saved/<int:report_id>/", reports.kept, name="report_kept"),
    path("reports/saved/<int:report_id>/remove/", report_keeping.remove, name="report_remove"),
    path("reports/saved/<int:report_id>/pin/", report_keeping.pin, name="report_pin"),
    path("reports/saved/<int:report_id>/mail/", report_keeping.mail, name="report_mail"),
    path("reports/saved/<int:report_id>/tile/", report_keeping.tile, name="report_tile"),
    path("reports/<slug:key>/", reports.report, name="report"),
    path("reports/<slug:key>/save/", report_keeping.save, name="report_save"),
    path("activities/done/", done.done_list, name="done"),
]
