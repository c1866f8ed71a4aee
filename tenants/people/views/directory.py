"""The directory: everyone in the company, found by the beginning of any word of name, address or job title."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from infra.kit.access import may
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from tenants.people.domain.access import visible_people
from tenants.people.domain.cards import matching
from tenants.people.domain.queries import department_choices, page_of_people, subtree_ids
from tenants.people.views.who import me

SHOWN = ("active", "guests", "inactive")


@screen("people.person.view")
def directory(request: HttpRequest) -> HttpResponse:
    """Cards or a table of people; `q` searches, `department` includes its branches, `shown` is one of SHOWN."""
    actor = me(request)
    manages = may(actor, "people.person.manage")
    text = request.GET.get("q", "")[:200]
    department = request.GET.get("department", "")
    shown = request.GET.get("shown", "")
    people = matching(visible_people(actor), text)
    match shown if manages or shown != "inactive" else "":
        case "inactive":
            people = people.filter(is_active=False)
        case "guests":
            people = people.guests()
        case "active" | _:
            people = people.active()
    if (branch := whole_number(department)) is not None:
        people = people.filter(department__in=subtree_ids({branch}))
    view = "table" if request.GET.get("view") == "table" else "cards"
    chosen = {"q": text, "department": department, "shown": shown, "view": request.GET.get("view", "")}
    kept = {key: value for key, value in chosen.items() if value}
    context = {
        "page": page_of_people(people, after=request.GET.get("after", "")),
        "chosen": chosen,
        "view": view,
        "departments": department_choices(),
        "manages": manages,
        "may_invite": may(actor, "people.person.invite"),
        "query": urlencode(kept),
        "query_without_view": urlencode({key: value for key, value in kept.items() if key != "view"}),
        "filtered": bool(text or department or shown),
    }
    return render(request, "people/directory.html", context)
