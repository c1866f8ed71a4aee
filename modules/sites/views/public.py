"""What strangers reach on the host of a published site. No session, no cookie, and nothing of the portal but forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import get_urlconf, set_urlconf
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from infra.db.current import enter
from infra.kit.errors import NotFound, PortalError
from infra.kit.screens import public_page
from modules.sites import serving
from modules.sites.domain import confirming, counting, goods, hosts, publishing, rendering, spam
from modules.sites.domain.form import FormDesign
from modules.sites.domain.markup import one_line
from modules.sites.domain.submission import UTM, Sent, confirm_submission, published_form, submit_form
from modules.sites.domain.texts import SiteText
from modules.sites.models import Form
from tenants.people.sign_in.client import client_ip
from tenants.portals.hosts import PublicHostHit
from tenants.portals.models import Portal

_TAKING = {"trial", "active", "read_only"}


@public_page(reason="A published page is for everyone.")
def page(request: HttpRequest) -> HttpResponse:
    """A published file (the same answer that ``serving.PublishedSites`` gives before Django is reached)."""
    return _file(request)


def _file(request: HttpRequest) -> HttpResponse:
    made = serving.answer(
        _hit(request),
        request.path,
        encodings=request.headers.get("Accept-Encoding", ""),
        known_tag=request.headers.get("If-None-Match", ""),
        visitor=lambda: (client_ip(request), request.headers.get("User-Agent", "")[:300]),
    )
    response = HttpResponse(made.body, status=made.status)
    del response["Content-Type"]
    for name, value in made.headers:
        response[name] = value
    if "X-Frame-Options" not in response:
        response.xframe_options_exempt = True
    return response


@public_page(reason="A visitor's browser asks for a task before it may send a form.")
def challenge(request: HttpRequest, public_id: str) -> HttpResponse:
    """A proof-of-work task for this form of this portal."""
    hit = _hit(request)
    if not hit.published or hit.portal.status not in _TAKING:
        raise Http404
    response = JsonResponse(spam.challenge(hit.portal.schema_name, public_id))
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
@public_page(reason="Strangers send forms; spam is held back by proof of work and limits.", methods=("GET", "POST"))
def form(request: HttpRequest, public_id: str) -> HttpResponse:
    """The form alone (GET), or what a visitor sent (POST): a redirect or a page, JSON for the script."""
    if request.method != "POST":
        return _file(request)
    hit = _hit(request)
    if hit.portal.status not in _TAKING:
        return _file(request)
    with _inside(hit.portal):
        return _take(request, hit, public_id)


@csrf_exempt
@public_page(reason="A visitor confirms their address by the link of a letter.", methods=("GET", "POST"))
def confirm(request: HttpRequest, public_id: str, token: str) -> HttpResponse:
    """Asks once more (GET), since programs that check letters open links too; POST uses the link."""
    hit = _hit(request)
    if not hit.published or hit.portal.status not in _TAKING:
        raise Http404
    with _inside(hit.portal):
        try:
            published = published_form(public_id)
        except NotFound as error:
            raise Http404 from error
        row, design = published.form, published.design
        if row.site_id != hit.ref:
            raise Http404
        text = _text_of(row, design, 0)
        with translation.override(row.site.language):
            if request.method != "POST":
                made, status = (
                    rendering.render_confirm(text, public_id, good=confirming.waiting(public_id, token).exists()),
                    200,
                )
            else:
                try:
                    confirm_submission(public_id, token)
                    if design.redirect_url:
                        return HttpResponseRedirect(design.redirect_url, status=303)
                    made, status = rendering.render_thanks(text, public_id), 200
                except NotFound:
                    made, status = rendering.render_confirm(text, public_id, good=False), 410
                except PortalError as error:
                    made = rendering.render_confirm(text, public_id, good=True, sentence=str(error))
                    status = error.status
    response = HttpResponse(made.html, status=status)
    response["Content-Security-Policy"] = made.policy
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


@csrf_exempt
@public_page(reason="A published page says that it was seen; nothing of the portal is touched.", methods=("POST",))
def seen(request: HttpRequest) -> HttpResponse:
    """Count a view of a page, or a click in it on a phone number or the like. Always the same empty answer."""
    hit = _hit(request)
    path = request.POST.get("path", "")[:200]
    if hit.published and serving.is_page(hit, path):
        visit = counting.Visit(
            site_id=hit.ref,
            path=path.strip("/"),
            source=counting.source_of(request.POST.get("from", ""), request.POST.get("source", "")[:200], hit.host),
            campaign=one_line(request.POST.get("campaign", "")[:200])[:80],
            arm=serving.arm_of(hit, path, request.POST.get("arm", "")[:9]),
        )
        browser, schema = request.headers.get("User-Agent", "")[:300], hit.portal.schema_name
        if request.POST.get("what") == "click":
            counting.clicked(schema, visit, browser=browser)
        else:
            counting.saw(schema, visit, ip=client_ip(request), browser=browser)
    return HttpResponse(status=204)


@public_page(reason="A published page asks what its goods cost now; prices on it are for everyone.")
def prices(request: HttpRequest) -> HttpResponse:
    """{id: price} of the goods that the published pages show; kept by browsers for a minute, apart from the pages."""
    hit = _hit(request)
    ids = serving.goods_of(hit)
    if not ids or hit.portal.status not in _TAKING:
        found: Mapping[int, str] = {}
    else:
        with _inside(hit.portal), translation.override(hosts.language_of(hit.ref)):
            found = goods.prices(ids)
    response = JsonResponse({str(pk): price for pk, price in found.items()})
    response["Cache-Control"] = "public, max-age=60"
    return response


@contextmanager
def _inside(portal: Portal) -> Iterator[None]:
    """Inside the portal, links are those of the portal's pages, not of the site."""
    before = get_urlconf()
    set_urlconf(None)
    try:
        with enter(portal):
            yield
    finally:
        set_urlconf(before)


def _take(request: HttpRequest, hit: PublicHostHit, public_id: str) -> HttpResponse:
    wants_json = "application/json" in request.headers.get("Accept", "")
    sent = _sent(request)
    try:
        published = published_form(public_id, sent.number)
    except NotFound as error:
        raise Http404 from error
    row, design = published.form, published.design
    if row.site_id != hit.ref:
        raise Http404
    with translation.override(row.site.language):
        try:
            receipt = submit_form(published=published, sent=sent)
        except PortalError as error:
            response = (
                JsonResponse(error.problem(), status=error.status) if wants_json else _again(row, design, sent, error)
            )
        else:
            target = receipt.redirect_url or f"/_f/{public_id}/{'asked' if receipt.asked else 'thanks'}"
            response = (
                JsonResponse(
                    {
                        "message": receipt.thank_you,
                        "redirect": receipt.redirect_url,
                        **({} if receipt.asked else _gift(public_id, design)),
                    }
                )
                if wants_json
                else HttpResponseRedirect(target, status=303)
            )
    response["Cache-Control"] = "no-store"
    if (origin := request.headers.get("Origin", "")) in design.origins:
        response["Access-Control-Allow-Origin"] = origin
        response["Vary"] = "Origin"
    return response


def _gift(public_id: str, design: FormDesign) -> dict[str, str]:
    """The file that is handed to whoever has sent the form."""
    return {"file": f"/_f/{public_id}/file", "file_name": design.file_name} if design.file_key else {}


def _again(row: Form, design: FormDesign, sent: Sent, error: PortalError) -> HttpResponse:
    """The form once more, with everything that was typed and what is wrong with it."""
    text = _text_of(row, design, sent.number or 0)
    values = {**sent.values, **sent.utm, "referrer": sent.referrer, "page_url": sent.page_url}
    values |= {"arm": sent.arm, "visits": sent.visits}
    made = rendering.render_form_page(text, row.public_id, values=values, errors=error.fields, sentence=str(error))
    response = HttpResponse(made.html, status=error.status)
    response["Content-Security-Policy"] = made.policy
    if error.status == 429:
        response["Retry-After"] = str(error.extra.get("retry_after", 300))
    response.xframe_options_exempt = True  # the policy names who may frame it
    return response


def _text_of(row: Form, design: FormDesign, number: int) -> SiteText:
    return SiteText(
        name=row.site.name,
        language=row.site.language,
        theme=publishing.theme_of(row.site),
        address=hosts.address_of(row.site),
        number=number,
        forms={row.public_id: design},
    )


def _sent(request: HttpRequest) -> Sent:
    data = request.POST
    came_from = request.headers.get("Referer", "")
    asked = parse_qs(urlsplit(came_from).query) if came_from else {}
    own = urlsplit(came_from).netloc == request.get_host()
    number = data.get("number", "")
    return Sent(
        values={key: "\n".join(data.getlist(key)) if len(data.getlist(key)) > 1 else data[key] for key in data},
        files={key: file for key, file in request.FILES.items() if isinstance(file, UploadedFile)},
        ip=client_ip(request),
        number=int(number) if number.isdecimal() and len(number) < 9 else None,
        proof=data.get("proof", "")[:4000],
        honeypot=data.get("website", ""),
        utm={name: data.get(name) or asked.get(name, [""])[0] for name in UTM},
        referrer=data.get("referrer") or asked.get("referrer", [""])[0] or ("" if own else came_from),
        page_url=data.get("page_url") or came_from,
        arm=data.get("arm", ""),
        visits=data.get("visits", "")[:8000],
        user_agent=request.headers.get("User-Agent", ""),
    )


def _hit(request: HttpRequest) -> PublicHostHit:
    hit = getattr(request, "public_host", None)
    if not isinstance(hit, PublicHostHit) or hit.module != serving.MODULE:
        raise Http404
    return hit
