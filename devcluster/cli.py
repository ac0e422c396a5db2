"""The command line: stdout is the answer, stderr the story, the exit code the verdict."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from devcluster import (
    autoscaling,
    base,
    gateway,
    images,
    ownership,
    policies,
    preflight,
    remains,
    sources,
    status,
    tools,
)
from devcluster.down import down
from devcluster.errors import ClusterError
from devcluster.progress import say
from devcluster.settings import Settings
from devcluster.up import up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Command = Callable[[Settings, argparse.Namespace], int]

FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code (0 done, 1 failed, 2 wrong usage, 130 interrupted)."""
    chosen = parser().parse_args(arguments)
    settings = Settings.read(os.environ)
    command: Command = chosen.run
    try:
        return command(settings, chosen)
    except ClusterError as error:
        say(f"error: {error}")
        return FAILED
    except OSError as error:
        where, why = error.filename or "machine", error.strerror or error
        say(f"error: {where}: {why}: free space or permissions may be the cause")
        return FAILED
    except KeyboardInterrupt:
        say("interrupted: `up` goes on where it stopped, `down` removes what there is")
        return 130


def parser() -> argparse.ArgumentParser:
    """All commands and flags."""
    top = argparse.ArgumentParser(
        prog="python -m devcluster", description="A one-node Kubernetes for laptops and CI."
    )
    verbs = top.add_subparsers(required=True, metavar="COMMAND")
    verb = _add(verbs, "up", _up, "start the cluster, or what is missing of it, and prove its network")
    verb.add_argument("--fresh", action="store_true", help="remove what is there first, whoever started it")
    _add(verbs, "down", _down, "remove the cluster: processes, mounts, network, cgroups, files")
    _add(verbs, "remains", _remains, "list what a cluster left on this machine; exit code 1 if anything")
    _add(verbs, "status", _status, "show what runs; exit code 1 unless the node is ready")
    verb = _add(
        verbs,
        "build-tools",
        _build_tools,
        "build what is not in the cache and print where all programs are",
    )
    verb.add_argument("--tests", action="store_true", help="those that only the tests need as well")
    verb = _add(verbs, "tool", _tool, "print the path of one program, such as kubectl or helm")
    verb.add_argument("name")
    verb = _add(verbs, "load", _load, "bring locally built images to the node")
    verb.add_argument("image", nargs="+")
    _add(verbs, "kubeconfig", _kubeconfig, "print the path of the administrator's kubeconfig")
    _add(verbs, "metrics-server", _metrics_server, "let HorizontalPodAutoscalers see what pods use")
    verb = _add(verbs, "network-policies", _network_policies, "enforce NetworkPolicies, or stop it")
    verb.add_argument("wish", choices=("on", "off"))
    _add(verbs, "gateway-crds", _gateway_crds, "print the folder of the Gateway API's definitions")
    _add(verbs, "base-image", _base_image, f"build {base.IMAGE} from Debian's packages")
    _add(
        verbs,
        "platform-images",
        _platform_images,
        "build the images of Traefik, Prometheus and kube-state-metrics",
    )
    return top


def _add(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Command, summary: str
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=summary, description=summary)
    verb.set_defaults(run=run)
    return verb


def _up(settings: Settings, chosen: argparse.Namespace) -> int:
    preflight.check_root(preflight.Machine.this())
    with ownership.alone(settings):
        up(settings, fresh=chosen.fresh)
    return 0


def _down(settings: Settings, _: argparse.Namespace) -> int:
    preflight.check_root(preflight.Machine.this())
    with ownership.alone(settings):
        down(settings)
    return 0


def _remains(settings: Settings, _: argparse.Namespace) -> int:
    preflight.check_root(preflight.Machine.this())
    found = remains.find(settings)
    print("\n".join(found) or "nothing")
    return FAILED if found else 0


def _status(settings: Settings, _: argparse.Namespace) -> int:
    preflight.check_root(preflight.Machine.this())
    report = status.read(settings)
    print(report.text)
    return 0 if report.ready else FAILED


def _build_tools(settings: Settings, chosen: argparse.Namespace) -> int:
    wanted = (*sources.CLUSTER, *sources.PLATFORM, *(sources.TESTS if chosen.tests else ()))
    for module in wanted:
        for name, path in tools.resolve(settings, module).items():
            print(f"{name}\t{path}")
    return 0


def _tool(settings: Settings, chosen: argparse.Namespace) -> int:
    print(tools.tool(settings, chosen.name))
    return 0


def _load(settings: Settings, chosen: argparse.Namespace) -> int:
    preflight.check_root(preflight.Machine.this())
    for name in chosen.image:
        loaded = images.load(settings, name)
        say(f"image {name}: {'loaded' if loaded else 'the node has it already'}")
    return 0


def _kubeconfig(settings: Settings, _: argparse.Namespace) -> int:
    if not settings.kubeconfig.exists():
        raise ClusterError(f"kubeconfig {settings.kubeconfig}: not there: run `python -m devcluster up`")
    print(settings.kubeconfig)
    return 0


def _metrics_server(settings: Settings, _: argparse.Namespace) -> int:
    preflight.check_root(preflight.Machine.this())
    autoscaling.ensure(settings)
    return 0


def _network_policies(settings: Settings, chosen: argparse.Namespace) -> int:
    preflight.check_root(preflight.Machine.this())
    with ownership.alone(settings):
        (policies.enforce if chosen.wish == "on" else policies.stop)(settings)
    return 0


def _gateway_crds(settings: Settings, _: argparse.Namespace) -> int:
    print(gateway.definitions(settings))
    return 0


def _base_image(settings: Settings, _: argparse.Namespace) -> int:
    preflight.check_root(preflight.Machine.this())
    base.ensure(settings)
    print(base.IMAGE)
    return 0


def _platform_images(settings: Settings, _: argparse.Namespace) -> int:
    preflight.check_root(preflight.Machine.this())
    # Beside `up` it must not take the cores from what the cluster starts with.
    tools.fetch(settings, sources.PLATFORM)
    for module in sources.CLUSTER:
        tools.resolve(settings, module)
    for name in base.platform(settings):
        print(name)
    return 0


def entry() -> None:
    """End the process with the exit code of the command."""
    sys.exit(main())
