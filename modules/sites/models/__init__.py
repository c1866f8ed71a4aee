"""Data of the sites room: sites, their pages and forms, what was published, who looked, and what visitors sent."""

from modules.sites.models.asset import Asset
from modules.sites.models.count import VisitCount
from modules.sites.models.form import Form
from modules.sites.models.page import Page, PageKind, PageVersion
from modules.sites.models.publication import Publication
from modules.sites.models.site import Site
from modules.sites.models.submission import Status, Submission, SubmissionFile

__all__ = [
    "Asset",
    "Form",
    "Page",
    "PageKind",
    "PageVersion",
    "Publication",
    "Site",
    "Status",
    "Submission",
    "SubmissionFile",
    "VisitCount",
]
