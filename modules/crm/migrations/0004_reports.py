import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What happened before stays were kept is read from the audit log, where a move names the stages by their titles.
TITLES = {
    "new": ("New", "Новый"),
    "in_work": ("In work", "В работе"),
    "waiting": ("Waiting for an answer", "Ждём ответа"),
    "qualified": ("Qualified", "Квалифицирован"),
    "won": ("Became a customer", "Стал клиентом"),
    "lost": ("Not our customer", "Не наш клиент"),
    "need": ("Needs clarified", "Потребность выяснена"),
    "offer": ("Offer sent", "Предложение отправлено"),
    "agreed": ("Agreed", "Согласовано"),
    "paying": ("Awaiting payment", "Ждём оплату"),
    "deal_won": ("Won", "Успех"),
    "deal_lost": ("Lost", "Неудача"),
}
_TITLES = ", ".join(f"('{preset}', '{title}')" for preset, titles in TITLES.items() for title in titles)
_STAYS = """
WITH titles (preset, title) AS (VALUES TITLES), moves AS (
  SELECT id, record_id, at, changes -> 'stage' ->> 0 AS was,
         lag(at) OVER (PARTITION BY record_id ORDER BY at, id) AS since
  FROM audit_auditentry
  WHERE module = 'crm' AND kind = 'KIND' AND action = 'KIND.move' AND changes ? 'stage'
)
INSERT INTO crm_stagestay (KIND_id, stage_id, entered_at, left_at)
SELECT DISTINCT ON (moves.id) record.id, stage.id, least(coalesce(moves.since, record.created_at), moves.at), moves.at
FROM moves JOIN crm_KIND record ON record.id = moves.record_id
JOIN crm_stage now ON now.id = record.stage_id
JOIN crm_stage stage ON stage.pipeline_id = now.pipeline_id AND (stage.name = moves.was OR stage.name = '' AND EXISTS (
  SELECT FROM titles WHERE titles.preset = stage.preset AND titles.title = moves.was))
ORDER BY moves.id, stage.id
"""
_REACHED = """
UPDATE crm_KIND record SET reached_id = furthest.stage_id
FROM (
  SELECT DISTINCT ON (stay.KIND_id) stay.KIND_id AS id, stay.stage_id, stage.position, stage.pipeline_id
  FROM crm_stagestay stay JOIN crm_stage stage ON stage.id = stay.stage_id AND stage.kind <> 'lost'
  WHERE stay.KIND_id IS NOT NULL ORDER BY stay.KIND_id, stage.position DESC, stage.id DESC
) furthest, crm_stage now
WHERE record.id = furthest.id AND now.id = record.stage_id AND now.pipeline_id = furthest.pipeline_id
  AND (now.kind = 'lost' OR now.position < furthest.position)
"""
ANSWERED = """
UPDATE crm_lead lead SET answered_at = first.at FROM (
  SELECT lead_id, min(created_at) AS at FROM crm_activity
  WHERE lead_id IS NOT NULL AND author_id IS NOT NULL GROUP BY lead_id
) first WHERE first.lead_id = lead.id
"""
BACKFILL = [
    "SET CONSTRAINTS ALL IMMEDIATE",  # what waits for the commit would keep later steps from altering these tables
    *(
        step.replace("KIND", kind).replace("TITLES", _TITLES)
        for step in (_STAYS, _REACHED)
        for kind in ("lead", "deal")
    ),
    ANSWERED,
    "SET CONSTRAINTS ALL DEFERRED",
]


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("crm", "0003_sales"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Goal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("month", models.DateField(verbose_name="month")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=15, verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
            ],
            options={
                "verbose_name": "goal",
                "verbose_name_plural": "goals",
            },
        ),
        migrations.CreateModel(
            name="PinnedReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("source", models.CharField(max_length=20)),
                ("query", models.TextField(blank=True, max_length=4000)),
                ("shared", models.BooleanField(default=False, verbose_name="shared with everybody")),
            ],
            options={
                "verbose_name": "report",
                "verbose_name_plural": "reports",
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="ReportMailing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "every",
                    models.CharField(
                        choices=[("week", "Every week"), ("month", "Every month")],
                        default="week",
                        max_length=5,
                        verbose_name="how often",
                    ),
                ),
                ("day", models.PositiveSmallIntegerField()),
                ("hour", models.PositiveSmallIntegerField()),
                ("next_at", models.DateTimeField(editable=False)),
                ("sent_at", models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="StageStay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entered_at", models.DateTimeField()),
                ("left_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="deal",
            name="reached",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="crm.stage",
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="answered_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="first answered"),
        ),
        migrations.AddField(
            model_name="lead",
            name="reached",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="crm.stage",
            ),
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(
                condition=models.Q(("done_at__isnull", False)), fields=["-done_at", "-id"], name="crm_activity_done"
            ),
        ),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("closed_at__isnull", False)),
                fields=["-closed_at", "-id"],
                name="crm_deal_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("closed_at__isnull", False)),
                fields=["-closed_at", "-id"],
                name="crm_lead_closed",
            ),
        ),
        migrations.AddField(
            model_name="goal",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="goal",
            name="pipeline",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="crm.pipeline",
            ),
        ),
        migrations.AddField(
            model_name="pinnedreport",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="author",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="author",
            ),
        ),
        migrations.AddField(
            model_name="pinnedreport",
            name="report",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="pins", to="crm.report"),
        ),
        migrations.AddField(
            model_name="reportmailing",
            name="author",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="author",
            ),
        ),
        migrations.AddField(
            model_name="reportmailing",
            name="people",
            field=models.ManyToManyField(related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="reportmailing",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="mailings", to="crm.report"
            ),
        ),
        migrations.AddField(
            model_name="stagestay",
            name="deal",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stays",
                to="crm.deal",
            ),
        ),
        migrations.AddField(
            model_name="stagestay",
            name="lead",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stays",
                to="crm.lead",
            ),
        ),
        migrations.AddField(
            model_name="stagestay",
            name="stage",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="crm.stage"
            ),
        ),
        migrations.AddConstraint(
            model_name="goal",
            constraint=models.UniqueConstraint(
                fields=("month", "person", "pipeline"), name="crm_goal_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="goal",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="crm_goal_positive"),
        ),
        migrations.AddConstraint(
            model_name="goal",
            constraint=models.CheckConstraint(condition=models.Q(("month__day", 1)), name="crm_goal_of_a_month"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(fields=("author", "name"), name="crm_report_name_once"),
        ),
        migrations.AddConstraint(
            model_name="pinnedreport",
            constraint=models.UniqueConstraint(fields=("person", "report"), name="crm_report_pinned_once"),
        ),
        migrations.AddIndex(
            model_name="reportmailing",
            index=models.Index(fields=["next_at"], name="crm_mailing_next"),
        ),
        migrations.AddConstraint(
            model_name="reportmailing",
            constraint=models.CheckConstraint(
                condition=models.Q(("hour__lte", 23), ("day__gte", 1), ("day__lte", 28)), name="crm_mailing_when"
            ),
        ),
        migrations.AddIndex(
            model_name="stagestay",
            index=models.Index(fields=["stage", "-left_at"], name="crm_stay_ended"),
        ),
        migrations.AddIndex(
            model_name="stagestay",
            index=models.Index(condition=models.Q(("lead__isnull", False)), fields=["lead"], name="crm_stay_lead"),
        ),
        migrations.AddIndex(
            model_name="stagestay",
            index=models.Index(condition=models.Q(("deal__isnull", False)), fields=["deal"], name="crm_stay_deal"),
        ),
        migrations.AddConstraint(
            model_name="stagestay",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("deal__isnull", True), ("lead__isnull", False)),
                    models.Q(("deal__isnull", False), ("lead__isnull", True)),
                    _connector="OR",
                ),
                name="crm_stay_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="stagestay",
            constraint=models.CheckConstraint(
                condition=models.Q(("left_at__gte", models.F("entered_at"))), name="crm_stay_ends_after_it_begins"
            ),
        ),
        *(migrations.RunSQL(step, migrations.RunSQL.noop) for step in BACKFILL),
    ]
