"""Any change of a portal, its hosts or its schema's state is announced by the database itself, whoever made it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION public.portals_announce() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    changed jsonb := to_jsonb(COALESCE(NEW, OLD));
    portal bigint := COALESCE(changed ->> 'tenant_id', changed ->> 'portal_id')::bigint;
    schema text := changed ->> 'schema_name';
BEGIN
    IF schema IS NULL THEN
        SELECT p.schema_name INTO schema FROM public.portals_portal p WHERE p.id = portal;
    END IF;
    PERFORM pg_notify('portal_changed', COALESCE(schema, '*'));
    RETURN NULL;
END $$;
CREATE TRIGGER portals_portal_changed AFTER INSERT OR UPDATE OR DELETE ON public.portals_portal
    FOR EACH ROW EXECUTE FUNCTION public.portals_announce();
CREATE TRIGGER portals_domain_changed AFTER INSERT OR UPDATE OR DELETE ON public.portals_domain
    FOR EACH ROW EXECUTE FUNCTION public.portals_announce();
CREATE TRIGGER portals_publichost_changed AFTER INSERT OR UPDATE OR DELETE ON public.portals_publichost
    FOR EACH ROW EXECUTE FUNCTION public.portals_announce();
"""
BACKWARD = """
DROP TRIGGER portals_portal_changed ON public.portals_portal;
DROP TRIGGER portals_domain_changed ON public.portals_domain;
DROP TRIGGER portals_publichost_changed ON public.portals_publichost;
DROP FUNCTION public.portals_announce();
"""


class Migration(migrations.Migration):
    dependencies = [("portals", "0001_initial")]
    operations = [migrations.RunSQL([FORWARD], [BACKWARD])]
