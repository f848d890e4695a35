"""Gathering: which files there are, what they say of servers, versions and poolers."""
