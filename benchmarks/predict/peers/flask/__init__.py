"""Flask on gunicorn in front of the model file."""
