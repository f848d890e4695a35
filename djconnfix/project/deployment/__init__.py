"""Readers of deployment files, one module a file kind."""
