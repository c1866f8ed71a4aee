"""Mounted by the portals' URLconf as ``storage/``."""

from django.urls import path

from infra.adapters.storage import views

app_name = "storage"
urlpatterns = [path("<str:token>", views.file, name="file")]
