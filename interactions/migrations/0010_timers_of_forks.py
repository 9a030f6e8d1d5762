from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('interactions', '0009_initiative'),
    ]

    operations = [
        migrations.AddField(
            model_name='schedule',
            name='copied_from',
            field=models.PositiveBigIntegerField(editable=False, help_text='The timer that a fork of its entity has it from.', null=True),
        ),
    ]
