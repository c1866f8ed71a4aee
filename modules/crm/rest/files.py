"""Files of records over REST."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.viewsets import ANY_PERSON, PortalViewSet
from modules.crm.domain.files import access_file
from modules.crm.models import File
from modules.crm.rest.serializers import FileSerializer


class FileViewSet(PortalViewSet):
    """Files kept with records, seen by who may see the record."""

    permissions = {"retrieve": ANY_PERSON}
    serializer_class = FileSerializer

    def get_object(self) -> File:
        return access_file(self.actor, int(self.kwargs["pk"][:18]))

    def retrieve(self, request: Request, pk: str) -> Response:
        """A file's name, size and an address of its bytes that is good for five minutes."""
        return Response(FileSerializer(self.get_object()).data)
