"""Django management commands; all of them thin."""
