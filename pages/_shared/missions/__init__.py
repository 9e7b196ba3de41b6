"""The views of the Missions page: what waits, ways to serve it, what was signed."""
