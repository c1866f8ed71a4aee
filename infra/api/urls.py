"""Everything under /api/v1/ on a portal's host."""

from django.urls import path, re_path

from infra.api.documentation import documentation, schema
from infra.api.problems import no_such_address
from infra.api.routes import urls
from infra.kit.screens import guest_page

app_name = "api-v1"
urlpatterns = [
    path("schema", schema, name="schema"),
    path("docs", documentation, name="docs"),
    *urls(),
    re_path(
        r"^.*$",
        guest_page(reason="says 404 as problem JSON", methods=("GET", "POST", "PUT", "PATCH", "DELETE"))(
            no_such_address
        ),
        name="nowhere",
    ),
]
