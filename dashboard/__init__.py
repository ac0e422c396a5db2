"""The people's side: pages, drawn on the server, for pharmacists and the warehouse.

`wsgi` is the composition root. Forecasts come over HTTP, as `client` asks for them: nothing here knows
of the service's code, the canary controller, the load tests or the cluster.
"""
