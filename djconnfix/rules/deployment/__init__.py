"""DCF6xx: deployment files and the connection budget."""
