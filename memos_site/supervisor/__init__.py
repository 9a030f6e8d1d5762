"""`manage.py up`: runs MemOS whole on one machine, as Redis, worker and web server under one supervisor.

The supervisor itself loads no Django: it stays small, and no fault of the database can stop it.
"""
