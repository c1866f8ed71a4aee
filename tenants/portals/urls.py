"""Addresses on a portal's host."""

from django.urls import include, path

from tenants.portals.views import address, closing, company

_pages = [
    path("settings/company/", company.company, name="company"),
    path("settings/company/logo/", company.logo, name="logo_change"),
    path("portal/logo.png", company.logo_image, name="logo"),
    path("settings/address/", address.address, name="address"),
    path("settings/address/check/", address.check, name="address_check"),
    path("settings/address/hosts/<int:pk>/<str:what>/", address.host, name="host"),
    path("settings/address/domains/", address.claim, name="claim"),
    path("settings/address/domains/<int:pk>/<str:what>/", address.domain, name="domain"),
    path("settings/close/", closing.closing, name="closing"),
]
urlpatterns = [path("", include((_pages, "portals")))]
