"""Whether this process may get traffic: loading -> ready | refused, then draining for good."""

import logging
import threading
import time

from service import artefact, table
from service.errors import ApiError
from service.model import Domain
from service.settings import Settings
from service.table import Table

_LOG = logging.getLogger("service.lifecycle")


class Lifecycle:
    """Shared by the request threads, the admin thread and the signal handler."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._table: Table | None = None
        self._spoiled: Table | None = None
        self._spoil_from = time.monotonic() + settings.faults.start_after
        self._reason = "the model is being loaded"
        self._draining = threading.Event()

    @property
    def not_ready_because(self) -> str | None:
        """Return why there should be no traffic, None when there may be."""
        if self._draining.is_set():
            return "draining: the process was asked to stop"
        return None if self._table is not None else self._reason

    @property
    def model(self) -> dict[str, str]:
        """Return version and digest of the model that answers; the digest is empty before."""
        return (
            {"version": self._settings.model_version, "digest": ""}
            if self._table is None
            else self._table.model
        )

    @property
    def domain(self) -> Domain | None:
        """Return what can be asked, None without a model."""
        return None if self._table is None else self._table.domain

    def table(self) -> Table:
        """Return the table to answer from, also while draining; ApiError 503 without a model."""
        if self._table is None:
            raise ApiError(503, "not_ready", self._reason)
        if self._spoiled is not None and time.monotonic() >= self._spoil_from:
            return self._spoiled
        return self._table

    def drain(self) -> None:
        """Report not ready from now on; answers go on until the worker stops."""
        self._draining.set()

    def load(self) -> None:
        """Verify, load and warm the model; a refusal is logged and kept as the reason."""
        started = time.monotonic()
        try:
            stored = artefact.load(self._settings.model_dir, self._settings.model_digest)
            model = {"version": stored.version, "digest": stored.digest}
            months = self._settings.table_months
            honest = table.build(stored.forecaster, model, stored.predictions, months)
            if self._settings.faults.spoils:
                self._spoiled = honest.distorted(self._settings.faults.distort)
            self._table = honest
        except Exception as error:  # noqa: BLE001 a pickle can raise anything; all of it is logged
            self._reason = f"the model was refused: {error}"
            expected = isinstance(error, artefact.ArtefactError | table.TableError)
            _LOG.error("%s", self._reason, exc_info=None if expected else error)
            return
        for flaw, count in honest.flaws().items():
            _LOG.warning("model %s: %d of %d answers are %s", stored.digest, count, len(honest.answers), flaw)
        _LOG.info("model %s is ready after %.2f s", stored.digest, time.monotonic() - started)
