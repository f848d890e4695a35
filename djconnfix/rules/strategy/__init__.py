"""DCF46x: strategies that a person has chosen."""
