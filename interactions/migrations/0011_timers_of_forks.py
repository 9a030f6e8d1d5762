from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def note_timers(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    owners = apps.get_model("interactions", "Schedule").objects.values("entity")
    apps.get_model("agents", "Entity").objects.filter(pk__in=owners).update(uses_timers=True)


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0009_uses_timers'),
        ('interactions', '0010_telling'),
    ]

    operations = [
        migrations.AddField(
            model_name='schedule',
            name='copied_from',
            field=models.PositiveBigIntegerField(editable=False, help_text='The timer that a fork of its entity has it from.', null=True),
        ),
        migrations.RunPython(note_timers, migrations.RunPython.noop),
    ]
