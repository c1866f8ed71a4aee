"""Letters: subject, plain text and HTML from two templates, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template import Context, Template
from django.template.loader import get_template
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, BlockNode, ExtendsNode
from django.utils import translation
from django.utils.translation import gettext as _

from infra.db.current import current_portal
from infra.kit.errors import NoPortal
from infra.ui.languages import is_offered


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter ready to be sent."""

    subject: str
    text: str
    html: str


def render_letter(name: str, context: Mapping[str, Any], *, language: str = "", sender: str = "") -> Letter:
    """Render `<name>.txt` (extends ui/letter.txt, with a block `subject`) and `<name>.html` (extends ui/letter.html).

    `language` is the reader's, when it is offered; else the active one is kept. It goes in the name of `sender`, else
    of the portal that is entered, else of the service. Raises TemplateDoesNotExist, and ValueError when the subject is
    empty.
    """
    chosen = language if is_offered(language) else translation.get_language() or "en"
    with translation.override(chosen):
        values = {**context, **_from(sender), "LANGUAGE_CODE": chosen}
        plain: Template = get_template(f"{name}.txt").template  # type: ignore[attr-defined]  # Django has one engine here
        subject = " ".join(_block(plain, "subject", values).split())
        if not subject:
            raise ValueError(f"{name}.txt has no block subject")
        text = get_template(f"{name}.txt").render({**values, "letter_subject": subject}).strip() + "\n"
        html = get_template(f"{name}.html").render({**values, "letter_subject": subject})
    return Letter(subject=subject, text=text, html=html)


def _from(sender: str) -> dict[str, str]:
    try:
        portal: Any = current_portal()
    except NoPortal:
        return {"letter_sender": sender or _("Portal")}
    url = portal.url
    return {"letter_sender": sender or portal.name, "letter_address": url, "letter_host": url.partition("://")[2]}


def _block(template: Template, name: str, values: Mapping[str, Any]) -> str:
    context = Context(dict(values), autoescape=False)
    with context.render_context.push_state(template), context.bind_template(template):
        blocks = BlockContext()
        for node in template.nodelist:
            if isinstance(node, ExtendsNode):
                blocks.add_blocks(node.blocks)
        context.render_context[BLOCK_CONTEXT_KEY] = blocks
        block = blocks.get_block(name)
        return block.nodelist.render(context) if isinstance(block, BlockNode) else ""
