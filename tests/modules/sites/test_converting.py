"""Pages of the first editor, block by block, in the words of the second (migration 0002)."""

from importlib import import_module
from typing import Any

import pytest

from modules.sites.domain.vocabulary import clean_page

converted = import_module("modules.sites.migrations.0002_builder")._old
FORM, ASSET = "ab" * 10, "cd" * 16
PAD, END = '<section class="s pad-s"><div class="w">', "</div></section>"


@pytest.mark.parametrize(
    ("block", "html"),
    [
        (
            {"type": "hero", "title": "Bread & cake", "text": "Daily", "button": "Order", "link": "#c"},
            (
                '<section class="s s-soft pad-l"><div class="w"><div class="stack"><h1>Bread &amp; cake</h1>'
                '<p class="lead">Daily</p><p class="actions"><a class="btn" href="#c" rel="noopener">Order</a></p>'
                "</div></div></section>"
            ),
        ),
        (
            {"type": "hero", "title": "Bread", "text": "Daily", "button": "", "link": ""},
            (
                '<section class="s s-soft pad-l"><div class="w"><div class="stack"><h1>Bread</h1>'
                '<p class="lead">Daily</p></div></div></section>'
            ),
        ),
        (
            {"type": "heading", "level": 3, "text": "Hours"},
            '<section class="s pad-s"><div class="w"><h3>Hours</h3></div></section>',
        ),
        (
            {"type": "text", "html": "<p>One <strong>two</strong></p><script>x</script>"},
            PAD + '<div class="prose"><p>One <strong>two</strong></p></div>' + END,
        ),
        (
            {"type": "cards", "items": [["One", "first"], ["<b>Two</b>", "second"]]},
            (
                '<section class="s"><div class="w"><ul class="grid cols-3">'
                '<li class="card"><h3>One</h3><p>first</p></li>'
                '<li class="card"><h3>&lt;b&gt;Two&lt;/b&gt;</h3><p>second</p></li></ul></div></section>'
            ),
        ),
        (
            {"type": "image", "asset": ASSET, "alt": "A loaf", "caption": "Rye"},
            (
                f'<section class="s"><div class="w"><figure><div class="pic">'
                f'<img src="/_a/{ASSET}" alt="A loaf">'
                "</div><figcaption>Rye</figcaption></figure></div></section>"
            ),
        ),
        ({"type": "image", "asset": ""}, ""),
        (
            {"type": "button", "text": "Call", "link": "tel:+44207946"},
            (
                '<section class="s pad-s"><div class="w"><p class="actions">'
                '<a class="btn" href="tel:+44207946" rel="noopener">Call</a></p></div></section>'
            ),
        ),
        (
            {"type": "form", "title": "Write", "form": FORM},
            (
                '<section class="s"><div class="w"><div class="sheet" id="contact"><h2>Write</h2>'
                f'<div data-part="form" data-form="{FORM}"></div></div></div></section>'
            ),
        ),
        (
            {"type": "button", "text": "x", "link": "javascript:alert(1)"},
            PAD + '<p class="actions"><a class="btn" rel="noopener">x</a></p>' + END,
        ),
        ({"type": "never heard of"}, ""),
    ],
)
def test_nothing_that_a_block_said_is_lost(block: dict[str, Any], html: str) -> None:
    assert clean_page(converted(block)) == html
