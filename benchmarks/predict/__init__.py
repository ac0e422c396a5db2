"""How fast forecasts are served: our service, an empty handler, and the peers with the same model file."""
