"""A charge rewrites the wallet's row in its place: no index holds the balance. One index less for each report of use."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0013_receipts_and_packs"), ("portals", "0003_backups")]

    operations = [
        migrations.RemoveIndex(model_name="wallet", name="wallet_by_balance"),
        migrations.AlterField(
            model_name="meterevent",
            name="portal",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="meter_events",
                to="portals.portal",
            ),
        ),
    ]
