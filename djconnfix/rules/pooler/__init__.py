"""DCF4xx: poolers in front of the database."""
