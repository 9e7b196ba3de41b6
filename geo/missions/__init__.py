"""Joint missions: which requests wait and for what, who can go, by which way and days, and what a person signs."""
