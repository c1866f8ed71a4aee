"""Fills a portal that has leads with deals: one for every fifth of them, with the stages that each went through."""

from __future__ import annotations

from modules.crm.models import Stage
from tests.bench.filling import bare, by_twos, spread

_DEALS = """
INSERT INTO crm_deal (id, version, updated_at, title, type, amount, amount_by_hand, currency, comment, source,
  source_detail, marks, origin, created_at, stage_since, closed_at, closes_on, stage_id, responsible_id)
SELECT id / 5, 1, created_at, title, 'sale', amount, true, CASE WHEN id %% 35 = 0 THEN 'EUR' ELSE 'RUB' END,
  '', source, '', '{}', '', created_at,
  created_at + interval '3 days', CASE WHEN place > 5 THEN created_at + interval '9 days' END,
  (created_at + interval '20 days')::date, (%(stages)s::bigint[])[place], responsible_id
FROM (SELECT *, CASE WHEN created_at > now() - interval '30 days' THEN 1 + id / 5 %% 5 ELSE 6 + id / 5 %% 2 END AS place
  FROM crm_lead WHERE id %% 5 = 0 AND id BETWEEN %(first)s AND %(last)s) AS leads
"""
_STAYS = """
INSERT INTO crm_stagestay (deal_id, stage_id, entered_at, left_at)
SELECT id, (%(stages)s::bigint[])[1 + n], created_at + n * interval '1 day', created_at + (n + 1) * interval '1 day'
FROM crm_deal, generate_series(0, 2) AS n
WHERE closed_at IS NOT NULL AND id > (%(first)s - 1) / 5 AND id <= %(last)s / 5
"""
_RATES = """
INSERT INTO crm_exchangerate (base, currency, day, rate)
SELECT 'RUB', 'EUR', day, 90 + random() * 10
FROM generate_series(current_date - 400, current_date, interval '1 day') AS day
"""


def sell(schema: str, stages: list[Stage], leads: int) -> None:
    """Deals out of `leads` leads, with their stays; every seventh in another currency, with a rate for every day."""
    values = {"stages": [stage.pk for stage in stages]}
    with bare(schema, "crm_deal", "crm_stagestay"):
        spread(schema, _DEALS, values, leads)
        spread(schema, _STAYS, values, leads)
    by_twos(
        schema,
        [
            lambda raw: raw.execute("SELECT setval('crm_deal_id_seq', %s)", [leads // 5]),
            lambda raw: raw.execute(_RATES),
        ],
    )
