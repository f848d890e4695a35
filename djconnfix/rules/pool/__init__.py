"""DCF4xx: pools inside the process."""
