"""Full-text search over messages: tables and triggers of the database's own (`interactions.search.schema`)."""

from django.db import migrations

from interactions.search import schema


class Migration(migrations.Migration):
    dependencies = [("interactions", "0007_talks_that_branch")]

    operations = [migrations.RunPython(schema.install, schema.remove)]
