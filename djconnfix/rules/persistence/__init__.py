"""DCF1xx: persistent connections and health checks."""
