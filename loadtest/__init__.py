"""Load on the forecast service from outside: the staging gate and steady user traffic."""
