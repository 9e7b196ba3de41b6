"""Can we get there: network, exposure, routes, reach."""
