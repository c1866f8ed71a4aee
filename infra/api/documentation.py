"""The API's description: OpenAPI for programs, a readable page for people. Both hold nothing of any portal."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator

from infra.api.json import dump
from infra.api.schema import PREFIX
from infra.api.viewsets import ANY_PERSON, PortalViewSet
from infra.kit.registry import registry
from infra.kit.screens import guest_page

# How another program checks that a webhook comes from the portal; a test runs it against what is sent.
VERIFICATION = '''import base64, hashlib, hmac, time

def is_genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """secret: "whsec_…" of the webhook; headers with names in lower case; body: the bytes as they came."""
    sent_at = headers["webhook-timestamp"]
    if abs(time.time() - int(sent_at)) > 300:
        return False
    signed = f"{headers['webhook-id']}.{sent_at}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split())
'''


@guest_page(reason="describes the API; the same for every portal")
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3 as JSON."""
    return HttpResponse(_document(get_language() or "en"), content_type="application/vnd.oai.openapi+json")


@guest_page(reason="describes the API; the same for every portal")
def documentation(request: HttpRequest) -> HttpResponse:
    """The description as a page to read."""
    groups = sections(json.loads(_document(get_language() or "en")))
    root = request.build_absolute_uri(PREFIX)
    context = {"groups": groups, "root": root, "verification": VERIFICATION}
    return render(request, "api/documentation.html", context)


_described: dict[str, bytes] = {}


def _document(language: str) -> bytes:
    """The OpenAPI document as JSON. Built from the registry alone, so one a process and language is enough.

    Kept packed: 36 KB instead of 3 MB of objects.
    """
    if language not in _described:
        generator = SchemaGenerator(urlconf="infra.api.described")  # type: ignore[no-untyped-call]  # untyped library
        found: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # untyped library
        _described[language] = zlib.compress(dump(found))
        inspector: Any = PortalViewSet.schema
        inspector.registry = None  # or the last description stays, with every serializer made for it
    return zlib.decompress(_described[language])


def sections(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The document as groups of operations, ready for the page."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = path.removeprefix(PREFIX).split("/")[0]
            groups.setdefault(name, []).append(_operation(document, path, method, operation))
    return [{"name": name, "title": _title(name), "operations": operations} for name, operations in groups.items()]


def _title(name: str) -> str:
    """ "crm-fields" as "CRM fields"."""
    return name.replace("-", " ").capitalize().replace("Crm", "CRM")


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    key = operation.get("x-permission", "")
    permission = registry.permission(key).title if key not in ("", ANY_PERSON) else ""
    body = _content(document, operation.get("requestBody", {}))
    answers = operation.get("responses", {})
    good: dict[str, Any] = next((answers[status] for status in answers if status.startswith("2")), {})
    summary, _newline, more = (operation.get("description") or "").strip().partition("\n")
    return {
        "id": operation.get("operationId", ""),
        "method": method.upper(),
        "path": path,
        "summary": summary,
        "description": more.strip(),
        "permission": permission,
        "permission_key": key if permission else "",
        "parameters": [
            {**item, "kind": _kind(document, item.get("schema", {}))} for item in operation.get("parameters", [])
        ],
        "body": list(_fields(document, body, writing=True)),
        "example": json.dumps(_example(document, body, writing=True), ensure_ascii=False, indent=2) if body else "",
        "answer": json.dumps(_example(document, _content(document, good)), ensure_ascii=False, indent=2)
        if good.get("content")
        else "",
    }


def _content(document: dict[str, Any], holder: dict[str, Any]) -> dict[str, Any]:
    content = holder.get("content", {}).get("application/json", {})
    return _resolved(document, content.get("schema", {}))


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _resolved(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    for word in ("allOf", "oneOf", "anyOf"):
        if schema.get(word):
            return {**_resolved(document, schema[word][0]), **{k: v for k, v in schema.items() if k != word}}
    return schema


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    found = _resolved(document, schema)
    if found.get("enum"):
        return " | ".join(str(value) for value in found["enum"] if value not in (None, ""))
    if found.get("type") == "array":
        return f"[{_kind(document, found.get('items', {}))}]"
    return str(found.get("format") or found.get("type") or "object")


def _fields(document: dict[str, Any], schema: dict[str, Any], *, writing: bool) -> Iterator[dict[str, Any]]:
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        if writing and field.get("readOnly"):
            continue
        yield {
            "name": name,
            "kind": _kind(document, field),
            "required": name in required,
            "description": field.get("description", ""),
        }


def _example(document: dict[str, Any], schema: dict[str, Any], *, writing: bool = False, depth: int = 0) -> Any:
    found = _resolved(document, schema)
    if "example" in found:
        return found["example"]
    if found.get("enum"):
        return found["enum"][0]
    if found.get("type") == "array":
        return [_example(document, found.get("items", {}), writing=writing, depth=depth + 1)]
    if found.get("properties") and depth < 5:
        return {
            name: _example(document, field, writing=writing, depth=depth + 1)
            for name, field in found["properties"].items()
            if not (writing and field.get("readOnly"))
        }
    examples = {
        "date-time": "2026-03-01T09:30:00Z",
        "date": "2026-03-01",
        "email": "anna@example.com",
        "decimal": "1500.00",
    }
    plain = {"integer": 1, "number": 1.5, "boolean": True, "string": "text", "object": {}}
    return examples.get(found.get("format", "")) or plain.get(found.get("type", "object"))
