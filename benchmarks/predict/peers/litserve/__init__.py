"""LitServe in front of the model file."""
