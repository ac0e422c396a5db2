"""How often controllers decide wrongly, and how late: each of them with the same simulated users."""
