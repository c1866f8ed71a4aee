"""Addresses of the API that answer with a file."""

from __future__ import annotations

from rest_framework.renderers import JSONRenderer


class FileRenderer(JSONRenderer):
    """For `renderer_classes` of an action that answers with a file: any type may be asked for. Problems stay JSON."""

    media_type = "*/*"
    format = "file"


FILE = (JSONRenderer, FileRenderer)
