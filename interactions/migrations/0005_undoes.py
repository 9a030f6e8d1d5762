"""Earlier versions said in the words of their cause only which version they undid: from now on a column does.

The one time that rows of versions are changed: their triggers are away meanwhile.
"""

import re

from django.db import migrations

from interactions import append_only

UNDID = re.compile(r"undid version (\d{1,9}):")


def tell(apps, schema_editor):
    StateVersion = apps.get_model("agents", "StateVersion")
    append_only.remove(apps, schema_editor)
    for version in StateVersion.objects.filter(cause__startswith="undid version ", run=None, undoes=None).iterator():
        if found := UNDID.match(version.cause):
            StateVersion.objects.filter(pk=version.pk).update(undoes=int(found[1]))
    append_only.install(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("interactions", "0004_message_by_user"), ("agents", "0004_versioned_state")]
    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
