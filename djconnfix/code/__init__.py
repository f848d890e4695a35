"""Transactions and connections in user code, by binding and by path."""
