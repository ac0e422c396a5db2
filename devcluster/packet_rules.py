"""The iptables chains that kube-proxy, the kubelet and the CNI plugins made, and the sets they look into."""

from __future__ import annotations

import re
import shutil

from devcluster.commands import run
from devcluster.settings import NETWORK

FAMILIES = ("iptables", "ip6tables")
OURS = re.compile(r"\b(?:KUBE|CNI)-[\w-]+")
POLICIES = re.compile(r"\bKUBE-(?:ROUTER|POD-FW|NWPLCY)-[\w-]+")
_OTHER_NETWORK = re.compile(rf'name: \\?"(?!{NETWORK}\\?")')


def ours(family: str) -> list[str]:
    """Lines of `<family>-save` that a cluster made: chains, and rules that lead into them."""
    found = []
    for table, lines in tables(run([f"{family}-save"], f"{family} rules")).items():
        found += [f"{table} {line}" for line in lines if _mentions(line, OURS)]
    return found


def remove(family: str, chains: re.Pattern[str] = OURS) -> None:
    """Delete all of them, or some chains and what leads into these, in one transaction a table."""
    script = removal(run([f"{family}-save"], f"{family} rules"), chains)
    if script:
        run([f"{family}-restore", "--noflush"], f"{family}: removing the cluster's rules", text=script)


def sets() -> list[str]:
    """Names of the sets of addresses that NetworkPolicies were turned into."""
    if shutil.which("ipset") is None:
        return []
    return [name for name in run(["ipset", "list", "-name"], "sets of addresses").split() if OURS.match(name)]


def remove_sets() -> None:
    """Delete them, which no rule may mention any more."""
    for name in sets():
        run(["ipset", "destroy", name], f"set of addresses {name}: removing")


def removal(saved: str, chosen: re.Pattern[str] = OURS) -> str:
    """Input for `iptables-restore --noflush` that deletes the chosen chains out of a saved rule set.

    Chains of the CNI plugins stay where another CNI network uses them too.
    """
    parts = []
    for table, lines in tables(saved).items():
        shared = any(_OTHER_NETWORK.search(line) for line in lines)
        doomed = [line for line in lines if _mentions(line, chosen) and not (shared and "CNI-" in line)]
        chains = [line[1:].split()[0] for line in doomed if line.startswith(":")]
        leading = [line for line in doomed if line.startswith("-A ") and line.split()[1] not in chains]
        if chains or leading:
            flush = [f":{chain} - [0:0]" for chain in chains]  # declaring a chain again empties it
            deletions = [f"-D {line[3:]}" for line in leading]
            parts += [f"*{table}", *flush, *deletions, *(f"-X {chain}" for chain in chains), "COMMIT"]
    return "".join(f"{line}\n" for line in parts)


def tables(saved: str) -> dict[str, list[str]]:
    """Table -> its lines (`:CHAIN ...` and `-A ...`) out of a saved rule set."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in saved.splitlines():
        if line.startswith("*"):
            current = found.setdefault(line[1:].strip(), [])
        elif line.startswith((":", "-A ")):
            current.append(line)
    return found


def _mentions(line: str, chains: re.Pattern[str]) -> bool:
    return bool(chains.match(line, 1) if line.startswith(":") else chains.search(line))
