"""Sites and what visitors send, made by the verbs that make real ones."""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import time_machine
from altcha.v1 import solve_challenge
from django.test import Client
from django.utils import timezone

from infra.db.current import portal_schema
from infra.kit.access import SYSTEM, Actor
from modules.sites.domain import hosts, spam
from modules.sites.domain.publishing import publish_site
from modules.sites.domain.site import create_site
from modules.sites.domain.submission import Sent, published_form, submit_form
from modules.sites.models import Form, Site, Submission

ANSWERS = {"f1": "Ann Lee", "f2": "+44 20 7946 0123", "f3": "ann@visitor.example", "f4": "Hello", "f5": "yes"}


def site(slug: str = "bakery", *, actor: Actor = SYSTEM, published: bool = True, **values: Any) -> Site:
    """A site with its first page and contact form."""
    made = create_site(actor=actor, name=values.pop("name", "Bakery"), slug=slug, language="en", **values)
    if published:
        publish_site(actor=actor, site=made)
    return made


def form_of(made: Site) -> Form:
    """The contact form that a new site comes with."""
    return made.forms.get()


def solved(task: dict[str, Any]) -> str:
    """What a visitor's browser sends back for a task."""
    solution = solve_challenge(task["challenge"], task["salt"], task["algorithm"], task["maxNumber"])
    assert solution is not None
    payload = {
        "algorithm": task["algorithm"],
        "challenge": task["challenge"],
        "number": solution.number,
        "salt": task["salt"],
        "signature": task["signature"],
    }
    return base64.b64encode(json.dumps(payload).encode()).decode()


def ripe_proof(schema: str, public_id: str) -> str:
    """A valid proof of work that was begun long enough ago."""
    with time_machine.travel(timezone.now() - timedelta(seconds=10), tick=False):
        task = spam.challenge(schema, public_id)
    return solved(task)


def visitor(made: Site, **headers: str) -> Client:
    """A stranger's browser on the site's host."""
    host = hosts.host_of(made)
    return Client(SERVER_NAME=host, HTTP_HOST=host, **headers)


def send(form: Form, values: Mapping[str, str] = ANSWERS, *, ip: str = "203.0.113.7", **more: Any) -> Submission:
    """What a visitor sent, through the verb, with a valid proof of work."""
    proof = ripe_proof(portal_schema(), form.public_id)
    receipt = submit_form(
        published=published_form(form.public_id), sent=Sent(values=values, ip=ip, proof=proof, **more)
    )
    return Submission.objects.get(pk=receipt.submission_id)
