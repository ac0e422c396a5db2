"""BentoML in front of the model file."""
