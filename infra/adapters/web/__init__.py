"""Requests to addresses that people typed: never into the machine's own network (promise 53)."""

from infra.adapters.web.addresses import NotAllowed, check_url
from infra.adapters.web.requests import Answer, Unreachable, post

__all__ = ["Answer", "NotAllowed", "Unreachable", "check_url", "post"]
