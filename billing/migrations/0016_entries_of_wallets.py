"""Indexes of the ledger hold the wallet's lines where nothing else is asked for; a hold is found by its call alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0015_disputes"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="entry",
            name="entry_of_account",
        ),
        migrations.RemoveIndex(
            model_name="entry",
            name="entry_of_kind",
        ),
        migrations.AlterField(
            model_name="hold",
            name="wallet",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="billing.wallet"
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("account", "wallet")), fields=["portal_id", "id"], name="entry_of_wallet"
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("account", "wallet")), fields=["portal_id", "kind", "id"], name="entry_of_kind"
            ),
        ),
    ]
