"""How drf-spectacular describes what the kit adds: authentication, problem JSON, preconditions, idempotency."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from infra.api.described_filters import filter_parameters
from infra.api.viewsets import PortalViewSet

PREFIX = "/api/v1/"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "One sentence for people, in their language."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; programs decide by it."},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "What is wrong, by field.",
        },
        "way_out": {
            "type": "object",
            "properties": {"text": {"type": "string"}, "url": {"type": "string"}, "ask": {"type": "string"}},
        },
    },
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped library
    target_class = "infra.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An access token of a person of this portal."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped library
    target_class = "infra.api.authentication.BrowserAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "session",
            "description": "The browser's session and CSRF token.",
        }


class PortalSchema(AutoSchema):
    """Adds the permission, the headers and the problem answers that every operation has."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if not isinstance(self.view, PortalViewSet):
            return parameters
        if self.method == "POST" and self.view.keeps_answers:
            parameters.append(
                _header(
                    "Idempotency-Key",
                    self.view.action in self.view.own_key,
                    "Repeat the request safely: one key, one effect.",
                )
            )
        if self.view.action in self.view.guarded_by_version:
            parameters.append(_header("If-Match", True, "The ETag of the version you change, or *."))
        return parameters

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is None or not isinstance(self.view, PortalViewSet):
            return operation
        permission = self.view.permissions.get(self.view.action or "", "")
        operation["x-permission"] = permission
        operation["tags"] = [self.path.removeprefix(PREFIX).split("/")[0]]
        if self.view.action == "list" and self.view.filterset_class is not None:
            operation["parameters"] = [*operation.get("parameters", []), *filter_parameters(self.view.filterset_class)]
        problem = {"application/problem+json": {"schema": PROBLEM}}
        operation["responses"]["default"] = {"description": "A refusal (RFC 9457).", "content": problem}
        return operation


def _header(name: str, required: bool, description: str) -> Any:
    from drf_spectacular.utils import OpenApiParameter

    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=required, description=description)


PortalViewSet.schema = PortalSchema()
