"""A call is authorized by two statements under the lock of its account: how the portal stands, and what is put aside.

Order of locks: account, call, bundles, wallet.
"""

from django.db import migrations

STOCK = """
CREATE OR REPLACE FUNCTION public.rating_stock(p_portal bigint, p_call bigint, p_at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = public AS $$
BEGIN  -- what the call `p_call` holds is its own to use; NULL: of no call
    RETURN (
        SELECT jsonb_agg(jsonb_build_object(
            'id', b.id, 'destinations', b.destinations, 'step', b.step, 'weight', b.weight, 'expires_at', b.expires_at,
            'covers_fee', b.covers_fee, 'own', COALESCE(own.held, 0),
            'left', b.seconds - b.used - b.held + COALESCE(own.held, 0)) ORDER BY b.id)
        FROM rating_bundle b
        LEFT JOIN rating_bundleuse own ON own.bundle_id = b.id AND own.call_id = p_call AND own.held > 0
        WHERE b.portal_id = p_portal AND (own.held > 0 OR (
            b.starts_at <= p_at AND b.seconds > b.used AND (b.expires_at IS NULL OR b.expires_at > p_at))));
END $$;
"""

UNSETTLED = """
CREATE OR REPLACE FUNCTION public.rating_unsettled(
    p_call_id text, p_answered boolean, OUT this public.rating_call, OUT zone text, OUT stock jsonb
) LANGUAGE plpgsql STABLE SET search_path = public AS $$
BEGIN
    SELECT * INTO this FROM rating_call WHERE call_id = p_call_id;
    IF this.id IS NULL THEN
        RETURN;
    END IF;
    SELECT time_zone INTO zone FROM portals_portal WHERE id = this.portal_id;
    IF p_answered AND this.state <> 'settled' THEN
        stock := rating_stock(
            this.portal_id, CASE WHEN this.state <> 'dropped' THEN this.id END, this.authorized_at);
    END IF;
END $$;
"""

LOAD = """
CREATE FUNCTION public.rating_load(
    p_portal bigint, p_since timestamptz, OUT running integer, OUT reserved numeric, OUT lately integer
) LANGUAGE plpgsql STABLE SET search_path = public AS $$
BEGIN
    SELECT count(*) FILTER (WHERE route <> 'emergency'), COALESCE(SUM(c.reserved), 0) INTO running, reserved
        FROM rating_call c WHERE portal_id = p_portal AND state IN ('authorized', 'ringing', 'answered');
    SELECT count(*) INTO lately FROM rating_call WHERE portal_id = p_portal AND authorized_at > p_since;
END $$;
"""

DROP = """
CREATE FUNCTION public.rating_drop_unstarted(p_portal bigint, p_before timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    dropped integer;
BEGIN  -- uses remember what they held, so that a late start can take it again
    WITH gone AS (
        UPDATE rating_call SET state = 'dropped'
        WHERE portal_id = p_portal AND state = 'authorized' AND authorized_at <= p_before RETURNING id
    ), back AS (
        UPDATE rating_bundle b SET held = b.held - given.held FROM (
            SELECT bundle_id, SUM(held) AS held FROM rating_bundleuse WHERE call_id IN (SELECT id FROM gone) AND held > 0
            GROUP BY bundle_id) given
        WHERE b.id = given.bundle_id
    ) SELECT count(*) INTO dropped FROM gone;
    RETURN dropped;
END $$;
"""

STANDING = """
CREATE FUNCTION public.rating_standing(
    p_portal bigint, p_call_id text, p_department bigint, p_caller text,
    p_now timestamptz, p_unstarted timestamptz, p_since timestamptz, p_clock timestamptz,
    OUT account public.rating_callaccount, OUT known bigint, OUT currency text, OUT free numeric,
    OUT running integer, OUT reserved numeric, OUT lately integer, OUT room numeric, OUT stock jsonb, OUT shown boolean
) LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    SELECT * INTO account FROM rating_callaccount WHERE portal_id = p_portal FOR UPDATE;
    SELECT id INTO known FROM rating_call WHERE call_id = p_call_id;
    IF account.portal_id IS NULL OR known IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM rating_drop_unstarted(p_portal, p_unstarted);
    SELECT w.currency, w.balance + w.credit_limit - COALESCE((
            SELECT SUM(h.amount) FROM billing_hold h
            WHERE h.wallet_id = w.id AND h.state = 'open' AND h.expires_at > p_clock), 0)
        INTO currency, free FROM billing_wallet w WHERE w.portal_id = p_portal;
    SELECT load.running, load.reserved, load.lately INTO running, reserved, lately
        FROM rating_load(p_portal, p_since) load;
    room := billing_room(p_portal, 'minutes', p_department, p_now);
    stock := rating_stock(p_portal, NULL, p_now);
    shown := p_caller <> '' AND EXISTS (
        SELECT FROM rating_provennumber WHERE portal_id = p_portal AND number = p_caller);
END $$;
"""

PLACE = """
CREATE FUNCTION public.rating_place(
    p_portal bigint, p_call_id text, p_device bigint, p_direction text, p_purpose text, p_department bigint,
    p_caller text, p_number text, p_destination text, p_prefix text, p_country text, p_route text, p_currency text,
    p_snapshot jsonb, p_granted integer, p_reserved numeric, p_bundles bigint[], p_held integer[], p_abroad boolean,
    p_now timestamptz, p_until timestamptz, p_clock timestamptz,
    OUT said text, OUT call bigint, OUT hold bigint, OUT free numeric, OUT first boolean
) LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    said := 'placed';
    IF p_reserved > 0 THEN
        SELECT held.said, held.hold, held.free INTO said, hold, free
            FROM billing_hold(p_portal, p_reserved, 'hold:' || p_call_id, p_until, p_clock) held;
        IF said NOT IN ('held', 'known') THEN
            RETURN;
        END IF;
        said := 'placed';
    END IF;
    INSERT INTO rating_call (
        call_id, portal_id, device_id, direction, purpose, department_id, caller, number, destination, prefix, country,
        route, state, currency, snapshot, granted, reserved, hold_id, authorized_at, seconds, billed_seconds,
        bundle_seconds, exact, uncollected, estimated, cause, forgotten
    ) VALUES (
        p_call_id, p_portal, p_device, p_direction, p_purpose, p_department, p_caller, p_number, p_destination, p_prefix,
        p_country, p_route, 'authorized', p_currency, p_snapshot, p_granted, p_reserved, hold, p_now, 0, 0,
        0, '', 0, false, '', false
    ) RETURNING id INTO call;
    IF cardinality(p_bundles) > 0 THEN
        UPDATE rating_bundle b SET held = b.held + lot.seconds
            FROM unnest(p_bundles, p_held) AS lot (id, seconds) WHERE b.id = lot.id;
        INSERT INTO rating_bundleuse (bundle_id, call_id, held, used)
            SELECT lot.id, call, lot.seconds, 0 FROM unnest(p_bundles, p_held) AS lot (id, seconds);
    END IF;
    IF p_abroad THEN
        INSERT INTO rating_countrycalled (portal_id, country, first_at) VALUES (p_portal, p_country, p_now)
            ON CONFLICT DO NOTHING;
        first := FOUND;
    END IF;
END $$;
"""

BACKWARD = """
DROP FUNCTION public.rating_place;
DROP FUNCTION public.rating_standing;
DROP FUNCTION public.rating_drop_unstarted;
DROP FUNCTION public.rating_load;
"""


class Migration(migrations.Migration):
    dependencies = [("rating", "0004_settle_function"), ("billing", "0010_room_function")]
    operations = [migrations.RunSQL([STOCK, UNSETTLED, LOAD, DROP, STANDING, PLACE], [BACKWARD])]
