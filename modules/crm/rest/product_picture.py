"""The picture of a product over REST."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.files import FILE
from infra.api.serializers import StrictSerializer
from infra.kit.errors import NotFound
from modules.crm.domain.selling.product_picture import picture_of, set_picture

PICTURE = {"picture": "view", "put_picture": "edit", "remove_picture": "edit"}


class ProductPictureSerializer(StrictSerializer):
    """A picture: PNG, JPEG, WebP or GIF, 5 MB at most."""

    picture = serializers.FileField()


class PictureMixin:
    """What a product looks like."""

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, methods=["get"], parser_classes=(MultiPartParser,), renderer_classes=FILE)
    def picture(self: Any, request: Request, pk: str) -> HttpResponse:
        """The picture as PNG, at most 800 pixels a side; a variant without one has its product's."""
        content = picture_of(self.get_object())
        if not content:
            raise NotFound
        return HttpResponse(content, content_type="image/png")

    @extend_schema(request={"multipart/form-data": ProductPictureSerializer}, responses={204: None})
    @picture.mapping.put
    def put_picture(self: Any, request: Request, pk: str) -> Response:
        """Give a product a picture, in place of the one it has."""
        product = self.get_object()
        set_picture(actor=self.actor, product=product, upload=self.read(ProductPictureSerializer)["picture"])
        return Response(status=204)

    @extend_schema(request=None, responses={204: None})
    @picture.mapping.delete
    def remove_picture(self: Any, request: Request, pk: str) -> Response:
        """Remove the picture of a product."""
        set_picture(actor=self.actor, product=self.get_object(), upload=None)
        return Response(status=204)
