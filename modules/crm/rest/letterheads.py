"""The look of the papers of companies of our own, over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.serializers import StrictSerializer
from infra.kit.errors import NotFound
from modules.crm.domain.selling.letterhead import PICTURES, letterhead_of, set_letterhead
from modules.crm.domain.selling.settings import MANAGE
from modules.crm.models import Company

LETTERHEAD = dict.fromkeys(("letterhead", "change_letterhead", "put_picture", "remove_picture"), MANAGE)
_LINES = ("colour", "signer", "signer_post", "second_signer", "second_post", "footer")
_PICTURE = rf"letterhead/(?P<name>{'|'.join(PICTURES)})"


class LetterheadSerializer(StrictSerializer):
    """Colour, who signs, and which pictures there are."""

    colour = serializers.RegexField(r"^#[0-9a-fA-F]{6}$", required=False)
    signer = serializers.CharField(max_length=150, required=False, allow_blank=True)
    signer_post = serializers.CharField(max_length=150, required=False, allow_blank=True)
    second_signer = serializers.CharField(max_length=150, required=False, allow_blank=True)
    second_post = serializers.CharField(max_length=150, required=False, allow_blank=True)
    footer = serializers.CharField(max_length=300, required=False, allow_blank=True)
    pictures = serializers.ListField(child=serializers.ChoiceField(choices=PICTURES), read_only=True)


class LetterheadPictureSerializer(StrictSerializer):
    """A picture: PNG, JPEG, WebP or GIF, 5 MB at most."""

    file = serializers.FileField()


class LetterheadMixin:
    """The look of a company's papers."""

    @extend_schema(responses=LetterheadSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def letterhead(self: Any, request: Request, pk: str) -> Response:
        """The look of the papers of one of our own companies."""
        return _shown(_own(self.get_object()))

    @extend_schema(request=LetterheadSerializer, responses=LetterheadSerializer)
    @letterhead.mapping.patch
    def change_letterhead(self: Any, request: Request, pk: str) -> Response:
        """Change colour, who signs and the line at the foot; what is left out stays."""
        company = _own(self.get_object())
        set_letterhead(actor=self.actor, company=company, lines=self.read(LetterheadSerializer))
        return _shown(company)

    @extend_schema(request={"multipart/form-data": LetterheadPictureSerializer}, responses=LetterheadSerializer)
    @action(detail=True, methods=["put"], url_path=_PICTURE, parser_classes=(MultiPartParser,))
    def put_picture(self: Any, request: Request, pk: str, name: str) -> Response:
        """Put the logo, a signature or the stamp."""
        company = _own(self.get_object())
        file = self.read(LetterheadPictureSerializer)["file"]
        set_letterhead(actor=self.actor, company=company, lines={}, pictures={name: file})
        return _shown(company)

    @extend_schema(request=None, responses={204: None})
    @put_picture.mapping.delete
    def remove_picture(self: Any, request: Request, pk: str, name: str) -> Response:
        """Remove a picture."""
        set_letterhead(actor=self.actor, company=_own(self.get_object()), lines={}, pictures={name: None})
        return Response(status=204)


def _own(company: Company) -> Company:
    if not company.is_own:
        raise NotFound
    return company


def _shown(company: Company) -> Response:
    look = letterhead_of(company)
    pictures = [name for name in PICTURES if getattr(look, f"{name}_key")]
    return Response({**{name: getattr(look, name) for name in _LINES}, "pictures": pictures})
