"""MLflow in front of the model file."""
