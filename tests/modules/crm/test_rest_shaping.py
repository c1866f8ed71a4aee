"""What programs bring back and shape: retired fields, kinds in the trash, rights on a kind, a product's picture."""

from __future__ import annotations

from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import MULTIPART_CONTENT, encode_multipart

from infra.kit.spec import Scope
from modules.crm.domain.access import visible
from modules.crm.domain.custom_field import FieldDesign, add_field, retire_field
from modules.crm.domain.item_rights import VERBS
from modules.crm.domain.item_type import TypeDesign, create_type, delete_type
from modules.crm.domain.kinds import DEAL, PRODUCT, kind_named
from modules.crm.models import Product
from tenants.people.models import Role, User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.modules.crm.test_selling_screens import PNG

ApiClient = Callable[..., Client]
JSON = "application/json"


def test_a_retired_field_comes_back_with_its_values(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    row = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Taste"))
    deal = record(alice, DEAL, title="Cake", **{row.key: "sweet"})
    path, restore = "/api/v1/crm-fields/retired", f"/api/v1/crm-fields/{row.pk}/restore"
    assert api(alice).post(restore).status_code == 404
    retire_field(actor=alice, row=row)
    assert (api(bob).get(path).status_code, api(bob).post(restore).status_code) == (403, 403)
    assert [one["id"] for one in api(alice).get(path).json()["results"]] == [row.pk]
    other = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Taste"))
    taken = api(alice).post(restore)
    assert (taken.status_code, list(taken.json()["errors"])) == (400, ["name"])
    sour = {"custom": {row.key: "sour"}}
    change = {"path": f"/api/v1/deals/{deal.pk}", "data": sour, "content_type": JSON, "headers": {"If-Match": "*"}}
    assert api(alice).patch(**change).status_code == 400
    retire_field(actor=alice, row=other)
    back = api(alice).post(restore)
    assert (back.status_code, back.json()) == (200, api(alice).get(f"/api/v1/crm-fields/{row.pk}").json())
    assert api(alice).get(f"/api/v1/deals/{deal.pk}").json()["custom"] == {row.key: "sweet"}
    assert api(alice).patch(**change).json()["custom"] == {row.key: "sour"}
    assert [one["id"] for one in api(alice).get(path).json()["results"]] == [other.pk]


def test_a_kind_comes_back_with_its_records(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    design = TypeDesign(name="Claim", plural="Claims")
    row = create_type(actor=alice, design=design)
    claim = record(alice, kind_named(f"item_{row.pk}"), title="Late")
    path, restore = "/api/v1/item-types/trash", f"/api/v1/item-types/{row.pk}/restore"
    assert api(alice).post(restore).status_code == 404
    delete_type(actor=alice, row=row)
    assert (api(bob).get(path).status_code, api(bob).post(restore).status_code) == (403, 403)
    assert [one["id"] for one in api(alice).get(path).json()["results"]] == [row.pk]
    other = create_type(actor=alice, design=design)
    taken = api(alice).post(restore)
    assert (taken.status_code, list(taken.json()["errors"])) == (400, ["plural"])
    assert api(alice).get(f"/api/v1/items/{row.pk}/{claim.pk}").status_code == 404
    delete_type(actor=alice, row=other)
    back = api(alice).post(restore)
    shown = api(alice).get(f"/api/v1/item-types/{row.pk}")
    assert (back.status_code, back.json(), back["ETag"]) == (200, shown.json(), shown["ETag"])
    assert api(alice).get(f"/api/v1/items/{row.pk}/{claim.pk}").json()["title"] == "Late"
    assert [one["id"] for one in api(alice).get(path).json()["results"]] == [other.pk]


def test_roles_are_given_a_kind(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    row = create_type(actor=alice, design=TypeDesign(name="Claim", plural="Claims"))
    kind = kind_named(f"item_{row.pk}")
    claim = record(alice, kind, title="Late")
    path = f"/api/v1/item-types/{row.pk}/rights"
    before = api(alice).get(path).json()["rights"]
    roles = list(Role.objects.exclude(base=Role.Base.OWNER).order_by("id"))
    assert [(one["role"], one["verb"]) for one in before] == [(role.pk, verb) for role in roles for verb in VERBS]
    wide = {"role": bob.role_id, "verb": "view", "scope": "all"}
    assert {**wide, "scope": "own"} in before
    assert (api(bob).get(path).status_code, api(bob).put(path, {"rights": [wide]}, JSON).status_code) == (403, 403)
    owner = Role.objects.get(base=Role.Base.OWNER)
    for wrong in (
        [wide, wide],
        [wide, {**wide, "role": owner.pk}],
        [wide, {**wide, "verb": "create", "scope": "own"}],
        [wide, {**wide, "verb": "burn"}],
    ):
        assert api(alice).put(path, {"rights": wrong}, JSON).status_code == 400
    assert api(alice).get(path).json()["rights"] == before
    after = [wide if (one["role"], one["verb"]) == (bob.role_id, "view") else one for one in before]
    assert api(alice).put(path, {"rights": [wide]}, JSON).json() == api(alice).get(path).json() == {"rights": after}
    bob = User.objects.get(pk=bob.pk)
    assert bob.scope(kind.permission("view")) == Scope.ALL
    assert visible(bob, kind).get() == claim


def test_a_product_has_a_picture(portal: Portal, api: ApiClient, alice: User) -> None:
    tea = record(alice, PRODUCT, title="Tea")
    path = f"/api/v1/products/{tea.pk}/picture"

    def put(client: Client, content: bytes) -> int:
        body = encode_multipart("BoUnDaRyStRiNg", {"picture": SimpleUploadedFile("tea.png", content, "image/png")})
        return client.put(path, body, MULTIPART_CONTENT).status_code

    assert api(alice).get(path).status_code == 404
    assert put(api(alice), PNG) == 204
    first = Product.objects.get().picture_key
    seen = api(alice).get(path)
    assert (seen["Content-Type"], seen.content[:8]) == ("image/png", PNG[:8])
    reader = api(alice, scopes=("crm.product.view",))
    assert (put(reader, PNG), reader.delete(path).status_code, reader.get(path).status_code) == (403, 403, 200)
    assert put(api(alice), b"no picture") == 400
    assert api(alice).put(path, encode_multipart("BoUnDaRyStRiNg", {}), MULTIPART_CONTENT).status_code == 400
    assert Product.objects.get().picture_key == first
    assert put(api(alice), PNG) == 204
    assert Product.objects.get().picture_key not in ("", first)
    assert api(alice).delete(path).status_code == 204
    gone = api(alice).get(path, headers={"Accept": "image/png"})
    assert (Product.objects.get().picture_key, gone.status_code, gone["Content-Type"]) == (
        "",
        404,
        "application/problem+json",
    )
