"""Money moves on the server, in one statement each: what is posted, reserved, charged, given back, counted.

Each function locks the wallet it moves, so all that is about one portal's money happens in an order. They answer with a
word where a rule says no and change nothing then; the verbs of `billing.domain` put the word into an error. Moments are
given, never taken from the server's clock.
"""

from django.db import migrations

POST = """
CREATE FUNCTION public.billing_post(
    p_portal bigint, p_cause text, p_kind text, p_currency text, p_note text, p_actor text,
    p_accounts text[], p_amounts numeric[], p_now timestamptz,
    OUT posting bigint, OUT fell boolean
) LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    w record;
    moved numeric := COALESCE(p_amounts[array_position(p_accounts, 'wallet')], 0);
BEGIN
    SELECT id, balance, notice_below, auto_below INTO w FROM billing_wallet WHERE portal_id = p_portal FOR UPDATE;
    INSERT INTO billing_posting (portal_id, cause, kind, currency, note, actor, at)
        VALUES (p_portal, p_cause, p_kind, p_currency, p_note, p_actor, p_now)
        ON CONFLICT (cause) DO NOTHING RETURNING id INTO posting;
    IF posting IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO billing_entry (posting_id, portal_id, account, kind, amount, balance, at)
        SELECT posting, p_portal, line.account, p_kind, line.amount,
               CASE WHEN line.account = 'wallet' THEN w.balance + moved END, p_now
        FROM unnest(p_accounts, p_amounts) AS line (account, amount);
    IF moved <> 0 THEN
        UPDATE billing_wallet SET balance = w.balance + moved WHERE id = w.id;
    END IF;
    fell := COALESCE(w.balance + moved < w.notice_below AND w.notice_below <= w.balance, false)
        OR COALESCE(w.balance + moved < w.auto_below AND w.auto_below <= w.balance, false);
END $$;
"""

HOLD = """
CREATE FUNCTION public.billing_hold(
    p_portal bigint, p_amount numeric, p_cause text, p_until timestamptz, p_now timestamptz,
    OUT said text, OUT hold bigint, OUT free numeric
) LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    w record;
    owner bigint;
BEGIN
    SELECT id, balance + credit_limit AS money INTO w FROM billing_wallet WHERE portal_id = p_portal FOR UPDATE;
    IF NOT FOUND THEN
        said := 'no_wallet';
        RETURN;
    END IF;
    SELECT id, wallet_id INTO hold, owner FROM billing_hold WHERE cause = p_cause;
    IF FOUND THEN
        said := CASE WHEN owner = w.id THEN 'known' ELSE 'elsewhere' END;
        RETURN;
    END IF;
    IF p_amount > 0 THEN  -- what costs nothing needs no money, also where the wallet is in debt
        free := w.money - (SELECT COALESCE(SUM(amount), 0) FROM billing_hold
                           WHERE wallet_id = w.id AND state = 'open' AND expires_at > p_now);
        IF p_amount > free THEN
            said := 'short';
            RETURN;
        END IF;
    END IF;
    INSERT INTO billing_hold (wallet_id, cause, amount, state, expires_at, created_at)
        VALUES (w.id, p_cause, p_amount, 'open', p_until, p_now) RETURNING id INTO hold;
    said := 'held';
END $$;
"""

SETTLE = """
CREATE FUNCTION public.billing_settle(
    p_hold bigint, p_amount numeric, p_cause text, p_kind text, p_note text, p_now timestamptz,
    OUT said text, OUT posting bigint, OUT fell boolean
) LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    w record;
    h record;
BEGIN
    SELECT wallet.id, wallet.portal_id, wallet.currency INTO w FROM billing_wallet wallet
        WHERE id = (SELECT wallet_id FROM billing_hold WHERE id = p_hold) FOR UPDATE;
    SELECT state, amount INTO h FROM billing_hold WHERE id = p_hold;
    IF h.state <> 'settled' AND p_amount <= h.amount THEN
        SELECT done.posting, done.fell INTO posting, fell FROM billing_post(
            w.portal_id, p_cause, p_kind, w.currency, p_note, '',
            CASE WHEN p_amount > 0 THEN ARRAY['wallet', 'revenue'] ELSE '{}' END,
            CASE WHEN p_amount > 0 THEN ARRAY[-p_amount, p_amount] ELSE '{}' END, p_now) AS done;
        IF posting IS NOT NULL THEN
            UPDATE billing_hold SET state = 'settled', closed_at = p_now WHERE id = p_hold;
            said := 'charged';
            RETURN;
        END IF;
    END IF;
    SELECT id INTO posting FROM billing_posting WHERE cause = p_cause AND portal_id = w.portal_id;
    said := CASE WHEN FOUND THEN 'known' WHEN h.state = 'settled' THEN 'settled'
                 WHEN p_amount > h.amount THEN 'more' ELSE 'taken' END;
END $$;
"""

RELEASE = """
CREATE FUNCTION public.billing_release(p_hold bigint, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    PERFORM FROM billing_wallet WHERE id = (SELECT wallet_id FROM billing_hold WHERE id = p_hold) FOR UPDATE;
    UPDATE billing_hold SET state = 'released', closed_at = p_now WHERE id = p_hold AND state = 'open';
END $$;
"""

METER = """
CREATE FUNCTION public.billing_meter(
    p_portal bigint, p_meter text, p_cause text, p_quantity numeric, p_department bigint, p_at timestamptz,
    p_highest boolean
) RETURNS void LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    INSERT INTO billing_meterevent (portal_id, meter, cause, quantity, department_id, at)
        VALUES (p_portal, p_meter, p_cause, p_quantity, p_department, p_at)
        ON CONFLICT (meter, cause) DO NOTHING;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO billing_meterday AS day (portal_id, meter, day, department_id, quantity)
        VALUES (p_portal, p_meter, (p_at AT TIME ZONE 'UTC')::date, COALESCE(p_department, 0), p_quantity)
        ON CONFLICT (portal_id, meter, day, department_id) DO UPDATE SET quantity =
            CASE WHEN p_highest THEN GREATEST(day.quantity, EXCLUDED.quantity)
                 ELSE day.quantity + EXCLUDED.quantity END;
END $$;
"""

BACKWARD = """
DROP FUNCTION public.billing_meter;
DROP FUNCTION public.billing_release;
DROP FUNCTION public.billing_settle;
DROP FUNCTION public.billing_hold;
DROP FUNCTION public.billing_post;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0008_mirrored_use")]
    operations = [migrations.RunSQL([POST, HOLD, SETTLE, RELEASE, METER], [BACKWARD])]
