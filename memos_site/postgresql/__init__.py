"""Django's PostgreSQL backend, with transactions that do not wait for each of their statements."""
