"""Fills a portal with leads by SQL alone, as a company has them after years: most closed, some stages rare."""

from __future__ import annotations

from psycopg import sql

from infra.db.owner import owner_connection
from modules.crm.models import CustomField, Stage
from tenants.people.models import User

# Column order of the INSERT below. `{n}` is the row's number; the newest leads have the highest.
_FILL = """
WITH words AS (
  SELECT ARRAY['Кухня на заказ','Шкаф в прихожую','Столешница','Bespoke kitchen','Oak worktop','Shelving'] AS subjects,
         ARRAY['Анна','Сергей','Ольга','Oliver','Grace','Daniel','Chloe'] AS names,
         ARRAY['form','call','email','ad','referral'] AS sources
), base AS (
  SELECT n,
         subjects[1 + n %% 6] || ' ' || n AS title,
         names[1 + n %% 7] || ' Surname' || (n %% 20011) AS person,
         CASE WHEN n %% 3 = 0 THEN 'Company' || (n %% 5003) || ' Ltd' ELSE '' END AS company,
         '+7495' || lpad(((n::bigint * 7919) %% 10000000)::text, 7, '0') AS phone,
         'person' || n || '@example' || (n %% 97) || '.com' AS email,
         sources[1 + n %% 5] AS source,
         now() - ((%(rows)s - n) * interval '31 seconds') AS at,
         CASE WHEN n > %(rows)s * 0.97 THEN 1 + n %% 6
              WHEN n %% 3 = 0 THEN 7 WHEN n %% 1009 = 0 THEN 3 ELSE 8 END AS place
  FROM words, generate_series(%(first)s::int, %(last)s::int) AS n
)
INSERT INTO crm_lead (version, updated_at, title, person_name, company_name, source, source_detail, amount, currency,
  comment, marks, origin, created_at, stage_since, stage_id, responsible_id, search, custom)
SELECT 1, at + interval '1 hour', title, person, company, source, '', (n %% 9973) * 10, 'RUB', '', '{{}}', '', at,
  at + interval '1 hour', (%(stages)s::bigint[])[place], (%(people)s::bigint[])[1 + (n / 7) %% %(count)s],
  to_tsvector('simple', title || ' ' || person || ' ' || company || ' ' || translate(email, '@.', '  '))
  || to_tsvector('russian', title || ' ' || person || ' ' || company || ' ' || translate(email, '@.', '  '))
  || array_to_tsvector(ARRAY(SELECT substr(phone, i) FROM generate_series(2, 10) AS i) || email),
  jsonb_build_object(%(own)s::text, ((n::bigint * 7919) %% 100003)::text)
FROM base ORDER BY n
"""
_POINTS = """
INSERT INTO crm_contactpoint (lead_id, kind, typed, value, position)
SELECT id, 'phone', v, v, 0 FROM (SELECT id, '+7495' || lpad(((id::bigint * 7919) %% 10000000)::text, 7, '0') AS v
  FROM crm_lead) AS p
UNION ALL
SELECT id, 'email', 'person' || id || '@example.com', 'person' || id || '@example.com', 0 FROM crm_lead
"""
_OWN = """
INSERT INTO crm_fieldvalue (field_id, record_id, number)
SELECT %(field)s, id, (custom->>%(own)s)::numeric FROM crm_lead
"""
_BATCH = 50_000


def fill(schema: str, rows: int, people: list[User], stages: list[Stage], own: CustomField) -> None:
    """Make `rows` leads with a phone, an e-mail and a number from 0 to 100,002 in the field `own` each; indexes are
    built after the rows, statistics last."""
    values = {
        "rows": rows,
        "people": [person.pk for person in people],
        "count": len(people),
        "stages": [stage.pk for stage in stages],
        "own": own.key,
    }
    with owner_connection() as owner:
        owner.execute("SET statement_timeout = 0")
        owner.execute("SET maintenance_work_mem = '256MB'")
        owner.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))
        indexes = owner.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = %s AND tablename IN"
            " ('crm_lead', 'crm_contactpoint', 'crm_fieldvalue') AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            [schema],
        ).fetchall()
        for name, _definition in indexes:
            owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(schema, name)))
        for first in range(1, rows + 1, _BATCH):
            owner.execute(
                _FILL.replace("{{}}", "{}"), {**values, "first": first, "last": min(first + _BATCH - 1, rows)}
            )
        owner.execute(_POINTS.replace("%%", "%"))
        owner.execute(_OWN, {"field": own.pk, "own": own.key})
        owner.commit()  # foreign keys are checked here; an index cannot be built before
        for _name, definition in indexes:
            owner.execute(definition)
        owner.commit()
        owner.autocommit = True
        owner.execute("VACUUM ANALYZE crm_lead")
        owner.execute("VACUUM ANALYZE crm_contactpoint")
        owner.execute("VACUUM ANALYZE crm_fieldvalue")
