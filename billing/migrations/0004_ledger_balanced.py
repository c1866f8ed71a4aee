"""The lines that one statement adds to a posting sum to zero, whoever adds them."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION public.billing_entry_balanced() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added GROUP BY posting_id HAVING SUM(amount) <> 0)
       OR EXISTS (SELECT 1 FROM added a JOIN public.billing_posting p ON p.id = a.posting_id
                  WHERE p.portal_id <> a.portal_id OR p.kind <> a.kind)
    THEN
        RAISE EXCEPTION 'the lines of a posting do not balance'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balanced', TABLE = 'billing_entry';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_balanced AFTER INSERT ON public.billing_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.billing_entry_balanced();
"""
BACKWARD = """
DROP TRIGGER entry_balanced ON public.billing_entry;
DROP FUNCTION public.billing_entry_balanced();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_ledger")]
    operations = [migrations.RunSQL([FORWARD], [BACKWARD])]
