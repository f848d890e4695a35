"""What a live server says. Opt-in."""
