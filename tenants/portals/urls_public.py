"""Addresses on the service's host."""

from django.urls import path

from tenants.portals.views.certificate import certificate

urlpatterns = [path("certificate", certificate, name="certificate")]
