"""Addresses of the jobs a person started."""

from django.urls import path

from infra.jobs.views import mine

app_name = "jobs"
urlpatterns = [
    path("jobs/", mine.my_jobs, name="mine"),
    path("jobs/<int:job_id>/", mine.job, name="job"),
    path("jobs/<int:job_id>/cancel/", mine.cancel_job, name="cancel"),
]
