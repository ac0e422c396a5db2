"""Looks at the objects of one release through the API server."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import urllib3
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATIENCE = 20.0  # seconds for which the API server may stay silent
REVISION = "canary.serin.dev/revision"


@dataclass(frozen=True, slots=True)
class Subject:
    """The release that is watched."""

    namespace: str
    name: str

    @property
    def selector(self) -> str:
        """The label by which its Deployments and pods are found."""
        return f"canary.serin.dev/release={self.name}"


class Reads:
    """The release itself, its Deployments and its pods. Raises StepError when the API server stays silent."""

    def __init__(self, env: Mapping[str, str], subject: Subject) -> None:
        self.api = connect(env)
        self._subject = subject

    def release(self) -> dict[str, Any]:
        """The CanaryRelease as stored; empty while there is none."""
        kinds = client.CustomObjectsApi(self.api)
        place = ("canary.serin.dev", "v1alpha1", self._subject.namespace, "canaryreleases")
        try:
            found: dict[str, Any] = self._ask(
                lambda: kinds.get_namespaced_custom_object(*place, self._subject.name, _request_timeout=5)
            )
        except ApiException as error:
            if error.status == 404:
                return {}
            raise StepError(f"CanaryRelease {self._subject.name}: cannot be read: {error.reason}") from error
        return found

    def status(self) -> dict[str, Any]:
        """What the controller says of the release: shown, never judged by."""
        status: dict[str, Any] = self.release().get("status", {})
        return status

    def revisions(self) -> set[str]:
        """The revisions that have a Deployment."""
        apps = client.AppsV1Api(self.api)
        return {item.metadata.labels[REVISION] for item in self._items(apps.list_namespaced_deployment)}

    def left(self) -> list[str]:
        """Names of the Deployments and pods that still exist."""
        apps, core = client.AppsV1Api(self.api), client.CoreV1Api(self.api)
        found = self._items(apps.list_namespaced_deployment) + self._items(core.list_namespaced_pod)
        return [item.metadata.name for item in found]

    def _items(self, listing: Callable[..., Any]) -> list[Any]:
        where = {"namespace": self._subject.namespace, "label_selector": self._subject.selector}
        return list(self._ask(lambda: listing(**where, _request_timeout=5)).items)

    def _ask(self, question: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return question()
            except (urllib3.exceptions.HTTPError, OSError) as error:
                if time.monotonic() > deadline:
                    raise StepError(f"API server: no answer for {PATIENCE:.0f} s: {error}") from error
            time.sleep(0.5)


def connect(env: Mapping[str, str]) -> Any:
    """A client of the cluster that this environment leads to. Raises StepError when there is none."""
    try:
        return config.new_client_from_config(config_file=env.get("KUBECONFIG"))
    except config.ConfigException as error:
        raise StepError(f"kubeconfig: cannot be used: {error}: check KUBECONFIG and its context") from error
