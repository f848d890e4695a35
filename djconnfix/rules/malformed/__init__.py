"""DCF5xx: settings that Django ignores or refuses."""
