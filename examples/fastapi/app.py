"""The same service with FastAPI: `uvicorn app:app --host 0.0.0.0 --port 8000`."""

from counted import Counted
from fastapi import FastAPI
from prometheus_client import make_asgi_app

api = FastAPI()
api.mount("/metrics", make_asgi_app())


@api.get("/hello")
def hello() -> dict[str, str]:
    """Greet."""
    return {"says": "hello"}


app = Counted(api)
