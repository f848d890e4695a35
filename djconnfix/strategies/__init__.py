"""Ways to keep connections that a person can choose: what belongs to each, and where it cannot work."""
