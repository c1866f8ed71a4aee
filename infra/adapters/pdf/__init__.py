"""Papers as PDF: a Typst template, data as JSON, one call."""

from infra.adapters.pdf.rendering import BadTemplate, render

__all__ = ["BadTemplate", "render"]
