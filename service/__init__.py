"""The forecast microservice: expected units of each medicine for a branch and a month.

`wsgi` is the composition root, `training` makes the artefacts that `artefact` loads.
Nothing here knows of the canary controller, the load tests or the cluster.
"""
