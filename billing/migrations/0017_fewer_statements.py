"""What every charge of a call passes takes fewer statements; what it promises stays.

The lines of one posting are balanced without grouping and joining, a hold is settled with one look at its wallet instead
of two, and a day that is counted already is updated before anything is inserted.
"""

from django.db import migrations

BALANCED = """
CREATE OR REPLACE FUNCTION public.billing_entry_balanced() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    these record;
BEGIN  -- nearly always the lines of one posting, for which nothing needs to be grouped or joined
    SELECT min(posting_id) AS first, max(posting_id) AS last, min(portal_id) AS portal, max(portal_id) AS portals,
           min(kind COLLATE "C") AS kind, max(kind COLLATE "C") AS kinds, sum(amount) AS total INTO these FROM added;
    IF these.first = these.last AND these.portal = these.portals AND these.kind = these.kinds AND these.total = 0
       AND EXISTS (SELECT FROM billing_posting p
                   WHERE p.id = these.first AND p.portal_id = these.portal AND p.kind = these.kind) THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM added GROUP BY posting_id HAVING SUM(amount) <> 0)
       OR EXISTS (SELECT FROM added a LEFT JOIN billing_posting p ON p.id = a.posting_id
                  WHERE p.id IS NULL OR p.portal_id <> a.portal_id OR p.kind <> a.kind)
    THEN
        RAISE EXCEPTION 'the lines of a posting do not balance'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balanced', TABLE = 'billing_entry';
    END IF;
    RETURN NULL;
END $$;
"""

SETTLE = """
CREATE OR REPLACE FUNCTION public.billing_settle(
    p_hold bigint, p_amount numeric, p_cause text, p_kind text, p_note text, p_now timestamptz,
    OUT said text, OUT posting bigint, OUT fell boolean
) LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    w record;
    h record;
BEGIN
    SELECT id, portal_id, currency, balance, notice_below, auto_below INTO w FROM billing_wallet
        WHERE id = (SELECT wallet_id FROM billing_hold WHERE id = p_hold) FOR UPDATE;
    SELECT state, amount INTO h FROM billing_hold WHERE id = p_hold;
    IF h.state <> 'settled' AND p_amount <= h.amount THEN
        INSERT INTO billing_posting (portal_id, cause, kind, currency, note, actor, at)
            VALUES (w.portal_id, p_cause, p_kind, w.currency, p_note, '', p_now)
            ON CONFLICT (cause) DO NOTHING RETURNING id INTO posting;
        IF posting IS NOT NULL THEN
            IF p_amount > 0 THEN
                INSERT INTO billing_entry (posting_id, portal_id, account, kind, amount, balance, at) VALUES
                    (posting, w.portal_id, 'wallet', p_kind, -p_amount, w.balance - p_amount, p_now),
                    (posting, w.portal_id, 'revenue', p_kind, p_amount, NULL, p_now);
                UPDATE billing_wallet SET balance = w.balance - p_amount WHERE id = w.id;
            END IF;
            UPDATE billing_hold SET state = 'settled', closed_at = p_now WHERE id = p_hold;
            said := 'charged';
            fell := COALESCE(w.balance - p_amount < w.notice_below AND w.notice_below <= w.balance, false)
                OR COALESCE(w.balance - p_amount < w.auto_below AND w.auto_below <= w.balance, false);
            RETURN;
        END IF;
    END IF;
    SELECT id INTO posting FROM billing_posting WHERE cause = p_cause AND portal_id = w.portal_id;
    said := CASE WHEN FOUND THEN 'known' WHEN h.state = 'settled' THEN 'settled'
                 WHEN p_amount > h.amount THEN 'more' ELSE 'taken' END;
END $$;
"""

METER = """
CREATE OR REPLACE FUNCTION public.billing_meter(
    p_portal bigint, p_meter text, p_cause text, p_quantity numeric, p_department bigint, p_at timestamptz,
    p_highest boolean
) RETURNS void LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    v_day date := (p_at AT TIME ZONE 'UTC')::date;
BEGIN  -- a day is nearly always there already
    INSERT INTO billing_meterevent (portal_id, meter, cause, quantity, department_id, at)
        VALUES (p_portal, p_meter, p_cause, p_quantity, p_department, p_at)
        ON CONFLICT (meter, cause) DO NOTHING;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE billing_meterday SET quantity =
        CASE WHEN p_highest THEN GREATEST(quantity, p_quantity) ELSE quantity + p_quantity END
        WHERE portal_id = p_portal AND meter = p_meter AND day = v_day AND department_id = COALESCE(p_department, 0);
    IF NOT FOUND THEN
        INSERT INTO billing_meterday AS day (portal_id, meter, day, department_id, quantity)
            VALUES (p_portal, p_meter, v_day, COALESCE(p_department, 0), p_quantity)
            ON CONFLICT (portal_id, meter, day, department_id) DO UPDATE SET quantity =
                CASE WHEN p_highest THEN GREATEST(day.quantity, EXCLUDED.quantity)
                     ELSE day.quantity + EXCLUDED.quantity END;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0016_entries_of_wallets")]
    operations = [migrations.RunSQL([BALANCED, SETTLE, METER], migrations.RunSQL.noop)]
