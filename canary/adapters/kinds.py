"""The Kubernetes kinds Serin touches, and where each lives in the API."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type; an empty `group` is the core API, an `optional` one not every cluster has."""

    group: str
    version: str
    plural: str
    name: str
    namespaced: bool = True
    optional: bool = False

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """URL path of one object, of a namespace's collection, or of the whole cluster's."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        tail = "".join(f"/{part}" for part in (name, subresource) if part)
        return f"{root}{scope}/{self.plural}{tail}"


RELEASE = Kind("canary.serin.dev", "v1alpha1", "canaryreleases", "CanaryRelease")
COMMAND = Kind("canary.serin.dev", "v1alpha1", "releasecommands", "ReleaseCommand")
DEPLOYMENT = Kind("apps", "v1", "deployments", "Deployment")
POD = Kind("", "v1", "pods", "Pod")
SERVICE = Kind("", "v1", "services", "Service")
SLICE = Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice")
INGRESS = Kind("networking.k8s.io", "v1", "ingresses", "Ingress")
HTTPROUTE = Kind("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute", optional=True)
BUDGET = Kind("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")
CONFIGMAP = Kind("", "v1", "configmaps", "ConfigMap")
EVENT = Kind("events.k8s.io", "v1", "events", "Event")
LEASE = Kind("coordination.k8s.io", "v1", "leases", "Lease")
SELF_REVIEW = Kind("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", namespaced=False)
