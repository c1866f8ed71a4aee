"""A call is settled in half as many statements: what must not have changed is asked by the update that settles it.

Bundles are looked at where the call holds or takes seconds of them. The call is read by a plain statement that the server
keeps ready, where a function took it apart field by field; that function, `rating_unsettled`, stays for processes of the
release before (promise 44).
"""

from django.db import migrations

SETTLE = """
CREATE OR REPLACE FUNCTION public.rating_settle(
    p_call bigint, p_portal bigint, p_state text, p_granted integer, p_reserved numeric,
    p_answered timestamptz, p_ended timestamptz, p_cause text, p_estimated boolean,
    p_seconds integer, p_billed integer, p_included integer, p_charge numeric, p_uncollected numeric, p_exact text,
    p_bundles bigint[], p_taken integer[], p_minutes numeric, p_day date, p_note text, p_now timestamptz,
    OUT said text, OUT fell boolean
) LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    c record;
    paid record;
BEGIN
    PERFORM FROM rating_callaccount WHERE portal_id = p_portal FOR UPDATE;
    IF NOT FOUND THEN
        said := 'no_account';
        RETURN;
    END IF;
    IF cardinality(p_bundles) > 0 AND EXISTS (
        SELECT FROM unnest(p_bundles, p_taken) AS lot (id, seconds) JOIN rating_bundle b ON b.id = lot.id
        LEFT JOIN rating_bundleuse own ON own.bundle_id = b.id AND own.call_id = p_call AND p_state <> 'dropped'
        WHERE b.seconds - b.used - b.held + COALESCE(own.held, 0) < lot.seconds
    ) THEN
        said := 'changed';
        RETURN;
    END IF;
    UPDATE rating_call SET
        state = 'settled', answered_at = p_answered, ended_at = p_ended, settled_at = p_now, cause = p_cause,
        estimated = p_estimated, seconds = p_seconds, billed_seconds = p_billed, bundle_seconds = p_included,
        charge = p_charge, uncollected = p_uncollected, exact = p_exact
        WHERE id = p_call AND state = p_state AND granted = p_granted AND reserved = p_reserved
        RETURNING hold_id, department_id INTO c;
    IF NOT FOUND THEN
        said := 'changed';
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM rating_bundleuse WHERE call_id = p_call AND held > 0) THEN
        IF p_state <> 'dropped' THEN
            UPDATE rating_bundle b SET held = b.held - own.held FROM rating_bundleuse own
                WHERE own.call_id = p_call AND own.bundle_id = b.id AND own.held > 0;
        END IF;
        UPDATE rating_bundleuse SET held = 0 WHERE call_id = p_call AND held > 0;
    END IF;
    IF cardinality(p_bundles) > 0 THEN
        UPDATE rating_bundle b SET used = b.used + lot.seconds
            FROM unnest(p_bundles, p_taken) AS lot (id, seconds) WHERE b.id = lot.id;
        INSERT INTO rating_bundleuse (bundle_id, call_id, held, used)
            SELECT lot.id, p_call, 0, lot.seconds FROM unnest(p_bundles, p_taken) AS lot (id, seconds)
            ON CONFLICT (call_id, bundle_id) DO UPDATE SET used = EXCLUDED.used;
    END IF;
    IF p_charge > 0 THEN
        paid := billing_settle(c.hold_id, p_charge, 'call:' || p_call, 'call', p_note, p_now);
        IF paid.said NOT IN ('charged', 'known') THEN
            RAISE EXCEPTION 'call % cannot be charged: %', p_call, paid.said;
        END IF;
        fell := paid.fell;
        UPDATE rating_callaccount SET day_spent = CASE WHEN day = p_day THEN day_spent ELSE 0 END + p_charge, day = p_day
            WHERE portal_id = p_portal;
    ELSIF c.hold_id IS NOT NULL THEN
        PERFORM billing_release(c.hold_id, p_now);
    END IF;
    IF p_minutes > 0 THEN
        PERFORM billing_meter(
            p_portal, 'minutes', 'call:' || p_call, p_minutes, c.department_id, p_answered, false);
    END IF;
    said := 'settled';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("rating", "0006_fewer_indexes"), ("billing", "0017_fewer_statements")]
    operations = [migrations.RunSQL([SETTLE], migrations.RunSQL.noop)]
