"""MLServer in front of the model file."""
