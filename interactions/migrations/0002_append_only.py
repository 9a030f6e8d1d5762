"""Events and state versions can be appended, not changed: triggers on SQLite and PostgreSQL.

Why versions too: folding them gives the stored state, which is what rollback, fork and every proof stand on. So
an entity is archived, not deleted; `manage.py erase_entity` is the one recorded way to erase it whole, as
`manage.py erase_conversation` is for a conversation. See `interactions.append_only`.
"""

from django.db import migrations, models

from interactions import append_only


class Migration(migrations.Migration):
    dependencies = [("interactions", "0001_initial"), ("agents", "0001_initial")]

    operations = [
        migrations.AlterField("erasure", "conversation", models.UUIDField(null=True, unique=True)),
        migrations.AddField("erasure", "entity", models.BigIntegerField(null=True, unique=True)),
        migrations.AddConstraint(
            "erasure",
            models.CheckConstraint(
                condition=models.Q(("conversation", None), ("entity", None), _connector="XOR"),
                name="erasure_of_one_thing",
            ),
        ),
        migrations.RunPython(append_only.install, append_only.remove),
    ]
