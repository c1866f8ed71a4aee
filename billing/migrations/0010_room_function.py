"""What a company's own caps leave of a meter this month, asked by whatever is about to use it."""

from django.db import migrations

ROOM = """
CREATE FUNCTION public.billing_room(p_portal bigint, p_meter text, p_department bigint, p_at timestamptz) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = public AS $$
DECLARE
    first date := date_trunc('month', p_at AT TIME ZONE 'UTC')::date;
BEGIN
    RETURN (
        SELECT MIN(GREATEST(cap.maximum - (
            SELECT COALESCE(SUM(day.quantity), 0) FROM billing_meterday day
            WHERE day.portal_id = p_portal AND day.meter = p_meter
              AND day.day >= first AND day.day < (first + interval '1 month')::date
              AND (cap.department_id = 0 OR day.department_id = cap.department_id)), 0))
        FROM billing_metercap cap
        WHERE cap.portal_id = p_portal AND cap.meter = p_meter AND cap.department_id IN (0, COALESCE(p_department, 0)));
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0009_money_functions")]
    operations = [migrations.RunSQL([ROOM], ["DROP FUNCTION public.billing_room;"])]
