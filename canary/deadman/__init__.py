"""The dead-man: takes users off a canary that no controller looks after any more.

A process of its own, with rights for nothing else. It trusts neither Lease nor wall clock: a release is
looked after when its heartbeat changes, and how long it has not is measured by our own monotonic clock.
"""
