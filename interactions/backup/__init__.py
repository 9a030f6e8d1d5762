"""`manage.py backup` and `manage.py restore`: one archive of database and data folder, made while it runs."""
