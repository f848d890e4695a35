"""DCF2xx: transaction settings and transaction middleware."""
