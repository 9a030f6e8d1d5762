from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0008_emotions'),
    ]

    operations = [
        migrations.AddField(
            model_name='entity',
            name='uses_timers',
            field=models.BooleanField(default=False, editable=False, help_text='It has had one: only then is it looked for timers in a run.'),
        ),
    ]
