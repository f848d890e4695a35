"""From remedies to verified writes."""
