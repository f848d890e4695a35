"""Mutation testing: whether the tests notice when one operator, condition or statement of the package is another."""
