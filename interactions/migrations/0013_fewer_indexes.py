"""Each index here is the beginning of another one, and is written with every event. Dropped by their names: Django would
copy the tables on SQLite, and with them lose the triggers that keep the log append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def without(name: str, table: str, column: str) -> migrations.RunSQL:
    return migrations.RunSQL(f"DROP INDEX IF EXISTS {name}", f"CREATE INDEX {name} ON {table} ({column})")


class Migration(migrations.Migration):

    dependencies = [
        ("interactions", "0012_undone_with_turn"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                without("interactions_conversation_owner_id_2cff0eee", "interactions_conversation", "owner_id"),
                without(
                    "interactions_eventrecord_conversation_id_555c1f13", "interactions_eventrecord", "conversation_id"
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="conversation",
                    name="owner",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conversations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="eventrecord",
                    name="conversation",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="interactions.conversation",
                    ),
                ),
            ],
        )
    ]
