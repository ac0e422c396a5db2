"""How fast users are taken back, and how fast a good release reaches them: measured on the real cluster."""
