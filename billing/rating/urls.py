"""Pages about calls; included by billing's, under its name."""

from __future__ import annotations

from django.urls import path

from billing.rating.views import calls, devices, packs, protection

urlpatterns = [
    path("billing/calls/", calls.call_list, name="calls"),
    path("billing/calls/buy", packs.buy, name="buy_pack"),
    path("billing/calls/packs/<int:pk>/", packs.pack, name="pack"),
    path("billing/calls/protection/", protection.protection, name="protection"),
    path("billing/calls/protection/resume/", protection.resume, name="calls_resume"),
    path("billing/calls/devices/", devices.devices, name="devices"),
    path("billing/calls/devices/<int:device_id>/", devices.device, name="device"),
    path("billing/calls/<int:pk>/", calls.call, name="call"),
]
