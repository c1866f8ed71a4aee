"""Data of the sites room: sites, their pages and forms, what was published and what visitors sent."""

from modules.sites.models.asset import Asset
from modules.sites.models.form import Form
from modules.sites.models.page import Page
from modules.sites.models.publication import Publication
from modules.sites.models.site import Site
from modules.sites.models.submission import Status, Submission

__all__ = ["Asset", "Form", "Page", "Publication", "Site", "Status", "Submission"]
