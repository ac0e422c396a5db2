"""What the benchmarks on the real cluster are made of: a place, a release with users, goals, rounds kept."""
