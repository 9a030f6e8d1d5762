"""An index on the entity alone is the beginning of the one on the entity and the number; each is written with every
version. Dropped by its name: Django would copy the table on SQLite."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("agents", "0009_uses_timers")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX IF EXISTS agents_stateversion_entity_id_01a45d9b",
                    "CREATE INDEX agents_stateversion_entity_id_01a45d9b ON agents_stateversion (entity_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="stateversion",
                    name="entity",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="agents.entity",
                    ),
                )
            ],
        )
    ]
