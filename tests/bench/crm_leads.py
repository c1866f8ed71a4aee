"""Fills a portal with leads by SQL alone, as a company has them after years: most closed, some stages rare."""

from __future__ import annotations

from modules.crm.models import CustomField, Stage
from tenants.people.models import User
from tests.bench.filling import bare, by_twos, spread

# Column order of the INSERT below. `{n}` is the row's number; the newest leads have the highest.
_FILL = """
WITH words AS (
  SELECT ARRAY['Кухня на заказ','Шкаф в прихожую','Столешница','Bespoke kitchen','Oak worktop','Shelving'] AS subjects,
         ARRAY['Анна','Сергей','Ольга','Oliver','Grace','Daniel','Chloe'] AS names,
         ARRAY['form','call','email','ad','referral'] AS sources
), base AS (
  SELECT n,
         subjects[1 + n %% 6] || ' ' || n || CASE WHEN n < %(rows)s / 50 THEN ' legacy' ELSE '' END AS title,
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
INSERT INTO crm_lead (id, version, updated_at, title, person_name, company_name, source, source_detail, amount,
  currency, comment, marks, origin, created_at, stage_since, closed_at, answered_at, stage_id, reached_id,
  responsible_id, search, custom)
SELECT n, 1, at + interval '1 hour', title, person, company, source, '', (n %% 9973) * 10, 'RUB', '', '{}', '', at,
  at + interval '1 hour', CASE WHEN place > 6 THEN least(now(), at + n %% 20 * interval '11 hours') END,
  CASE WHEN n %% 7 <> 0 THEN at + n %% 5000 * interval '20 seconds' END, (%(stages)s::bigint[])[place],
  CASE WHEN place = 8 THEN (%(stages)s::bigint[])[1 + n %% 6] END, (%(people)s::bigint[])[1 + (n / 7) %% %(count)s],
  to_tsvector('simple', title || ' ' || person || ' ' || company || ' ' || translate(email, '@.', '  '))
  || to_tsvector('russian', title || ' ' || person || ' ' || company || ' ' || translate(email, '@.', '  '))
  || array_to_tsvector(ARRAY(SELECT substr(phone, i) FROM generate_series(2, 10) AS i) || email),
  jsonb_build_object(%(own)s::text, ((n::bigint * 7919) %% 100003)::text)
FROM base ORDER BY n
"""
_POINTS = """
INSERT INTO crm_contactpoint (lead_id, kind, typed, value, position)
SELECT n, kind, v, v, 0 FROM generate_series(%(first)s::int, %(last)s::int) AS n, LATERAL (VALUES
  ('phone', '+7495' || lpad(((n::bigint * 7919) %% 10000000)::text, 7, '0')), ('email', 'person' || n || '@example.com')
) AS points (kind, v)
"""
_OWN = """
INSERT INTO crm_fieldvalue (field_id, record_id, number)
SELECT %(field)s, id, (custom->>%(own)s)::numeric FROM crm_lead WHERE id BETWEEN %(first)s AND %(last)s
"""


def fill(schema: str, rows: int, people: list[User], stages: list[Stage], own: CustomField) -> None:
    """Make leads 1 to `rows` with a phone, an e-mail and a number from 0 to 100,002 in the field `own` each."""
    values = {
        "rows": rows,
        "people": [person.pk for person in people],
        "count": len(people),
        "stages": [stage.pk for stage in stages],
        "own": own.key,
    }
    with bare(schema, "crm_lead", "crm_contactpoint", "crm_fieldvalue"):
        spread(schema, _FILL, values, rows)
        spread(schema, _POINTS, {}, rows)
        spread(schema, _OWN, {"field": own.pk, "own": own.key}, rows)
    by_twos(schema, [lambda raw: raw.execute("SELECT setval('crm_lead_id_seq', %s)", [rows])])
