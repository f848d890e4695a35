"""A `pgbouncer.ini` for a project: as large as its servers need, as small as its database server demands."""
