"""What a thousand releases cost one controller: memory, processor time, calls, and how late it looks.

The API server, its controllers, the controller under test and its metrics store are the real ones. Simulated
is what nobody can run a thousand times on one machine: the nodes' side of pods (`stub`, a kwok node) and
the users (`users`, counters as a proxy and the services would export them).
"""
