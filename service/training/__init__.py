"""Make the models that the service serves: data, fit, score, gate, artefact. Never imported at run time."""
