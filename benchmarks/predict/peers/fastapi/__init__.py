"""FastAPI on uvicorn in front of the model file."""
