"""DCF9xx: what could not be seen or read."""
