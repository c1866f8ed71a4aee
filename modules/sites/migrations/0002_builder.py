from html import escape
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from modules.sites.domain.vocabulary import clean_page


def _section(inside: str, classes: str = "s") -> str:
    return f'<section class="{classes}"><div class="w">{inside}</div></section>'


def _old(block: dict[str, Any]) -> str:
    """A block of the first editor in the words of the second."""
    kind, text = block.get("type"), {key: escape(value) for key, value in block.items() if isinstance(value, str)}
    get = text.get
    button = f'<p class="actions"><a class="btn" href="{get("link")}">{get("button") or get("text")}</a></p>'
    match kind:
        case "hero":
            shown = button if get("button") and get("link") else ""
            words = f'<h1>{get("title")}</h1><p class="lead">{get("text")}</p>{shown}'
            return _section(f'<div class="stack">{words}</div>', "s s-soft pad-l")
        case "heading":
            level = block.get("level", 2)
            return _section(f"<h{level}>{get('text')}</h{level}>", "s pad-s")
        case "text":
            return _section(f'<div class="prose">{clean_page(block.get("html", ""))}</div>', "s pad-s")
        case "cards":
            cards = "".join(
                f'<li class="card"><h3>{escape(a)}</h3><p>{escape(b)}</p></li>' for a, b in block.get("items", ())
            )
            return _section(f'<ul class="grid cols-3">{cards}</ul>')
        case "image" if get("asset"):
            image = f'<img src="/_a/{get("asset")}" alt="{get("alt", "")}">'
            under = f"<figcaption>{get('caption', '')}</figcaption>"
            return _section(f'<figure><div class="pic">{image}</div>{under}</figure>')
        case "button":
            return _section(button, "s pad-s")
        case "form":
            part = f'<div data-part="form" data-form="{get("form")}"></div>'
            return _section(f'<div class="sheet" id="contact"><h2>{get("title")}</h2>{part}</div>')
    return ""


def write_html(apps: Any, schema_editor: Any) -> None:
    """Pages of typed blocks become pages of HTML; nothing of what they say is lost."""
    for page in apps.get_model("sites", "Page").objects.exclude(blocks=[]).iterator():
        page.html = clean_page("\n".join(_old(block) for block in page.blocks))
        page.save(update_fields=["html"])


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="page",
            name="html",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.RunPython(write_html, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="page",
            name="blocks",
        ),
        migrations.CreateModel(
            name="PageVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("html", models.TextField()),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="SubmissionFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field_key", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("content_type", models.CharField(max_length=100)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="VisitCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("path", models.CharField(max_length=61)),
                ("source", models.CharField(blank=True, default="", max_length=80)),
                ("campaign", models.CharField(blank=True, default="", max_length=80)),
                ("arm", models.CharField(blank=True, default="", max_length=1)),
                ("views", models.PositiveIntegerField(default=0)),
                ("visitors", models.PositiveIntegerField(default=0)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.RemoveConstraint(
            model_name="page",
            name="page_path",
        ),
        migrations.AddField(
            model_name="asset",
            name="alt",
            field=models.CharField(blank=True, default="", max_length=300),
        ),
        migrations.AddField(
            model_name="asset",
            name="sizes",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="form",
            name="file_key",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="form",
            name="file_name",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="form",
            name="popup",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="page",
            name="bare",
            field=models.BooleanField(default=False, verbose_name="without the header and footer of the site"),
        ),
        migrations.AddField(
            model_name="page",
            name="draft",
            field=models.BooleanField(default=False, verbose_name="draft: left out when the site is published"),
        ),
        migrations.AddField(
            model_name="page",
            name="held_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="page",
            name="held_token",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="page",
            name="held_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="page",
            name="hidden",
            field=models.BooleanField(default=False, verbose_name="hidden from search engines"),
        ),
        migrations.AddField(
            model_name="page",
            name="in_menu",
            field=models.BooleanField(default=True, verbose_name="shown in the menu"),
        ),
        migrations.AddField(
            model_name="page",
            name="kind",
            field=models.CharField(
                choices=[
                    ("page", "Page"),
                    ("missing", "Page for wrong addresses"),
                    ("header", "Header"),
                    ("footer", "Footer"),
                ],
                default="page",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="page",
            name="language",
            field=models.CharField(
                blank=True, default="", max_length=8, verbose_name="language, where it is another than the site's"
            ),
        ),
        migrations.AddField(
            model_name="page",
            name="menu_title",
            field=models.CharField(blank=True, default="", max_length=40, verbose_name="name in the menu"),
        ),
        migrations.AddField(
            model_name="page",
            name="share_image",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddField(
            model_name="page",
            name="translation_of",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="translations",
                to="sites.page",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="head_html",
            field=models.TextField(blank=True, default="", verbose_name="own lines for the head"),
        ),
        migrations.AddField(
            model_name="site",
            name="look",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="site",
            name="publish_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="site",
            name="publish_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="redirects",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="site",
            name="share_image",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddIndex(
            model_name="site",
            index=models.Index(
                condition=models.Q(("publish_at__isnull", False)), fields=["publish_at"], name="site_publish_at"
            ),
        ),
        migrations.AddConstraint(
            model_name="page",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "page")), fields=("site", "path"), name="page_address"
            ),
        ),
        migrations.AddConstraint(
            model_name="page",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "page"), _negated=True), fields=("site", "kind"), name="page_one_of_kind"
            ),
        ),
        migrations.AddField(
            model_name="pageversion",
            name="page",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="sites.page"
            ),
        ),
        migrations.AddField(
            model_name="pageversion",
            name="saved_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="submissionfile",
            name="submission",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="files", to="sites.submission"
            ),
        ),
        migrations.AddField(
            model_name="visitcount",
            name="site",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="counts", to="sites.site"
            ),
        ),
        migrations.AddIndex(
            model_name="pageversion",
            index=models.Index(fields=["page", "-id"], name="page_version_newest"),
        ),
        migrations.AddConstraint(
            model_name="visitcount",
            constraint=models.UniqueConstraint(
                fields=("site", "day", "path", "source", "campaign", "arm"), name="visit_count_once"
            ),
        ),
    ]
