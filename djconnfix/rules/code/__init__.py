"""DCF3xx: connections in code."""
