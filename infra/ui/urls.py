"""Pages of the kit on a portal's host."""

from django.urls import URLPattern, path

from infra.ui.views import bell, exports, gallery, language, menu, more, palette, session, start, system

app_name = "ui"
urlpatterns: list[URLPattern] = [
    path("", start.start, name="start"),
    path("start/arrange/", start.arrange, name="start_arrange"),
    path("more/", more.more, name="more"),
    path("settings/", system.settings_index, name="settings"),
    path("menu/", menu.menu, name="menu"),
    path("menu/pin/", menu.pin, name="menu_pin"),
    path("language/", language.language, name="language"),
    path("exports/<int:job_id>/", exports.export_file, name="export_file"),
    path("session/", session.session, name="session"),
    path("palette/", palette.palette, name="palette"),
    path("notifications/", bell.notifications, name="notifications"),
    path("notifications/bell/", bell.bell, name="bell"),
    path("notifications/read/", bell.read_all, name="notifications_read"),
    path("notifications/<int:pk>/", bell.follow, name="notification"),
    *gallery.urls(),
]
