"""Act 3: the first revision, and the first users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delivery import asking
from delivery.errors import StepError
from demo import judges
from demo.production import HOST, SUBJECT, Production
from demo.stage import Playing
from demo.traffic import LOG, Traffic, clear_remains
from demo.watchers import Edge, Eyes, Users, Weights

if TYPE_CHECKING:
    from delivery.cluster import Addresses
    from demo.judges import Finding
    from demo.stage import Stage

WATCHED = 8.0  # seconds of traffic on the first revision


def production_starts(stage: Stage) -> Finding:
    """Install v0 in production and let the users in; whatever an earlier demo left goes first."""
    if stage.images is None or stage.addresses is None:
        raise StepError("production: the platform has not been installed")
    production = stage.production = Production(stage.cluster, stage.images.service, stage.screen.say)
    if clear_remains():
        stage.screen.say("traffic of an aborted demo was still running and has been ended")
    if production.remove():
        stage.screen.say("the release of an earlier demo has been removed")
    production.upgrade('model.version="v0"')
    first = production.await_new_revision(set())
    stage.names[first] = "v0"
    asking.forecast(stage.addresses.entry, HOST, "Dubai Mall", "2025-12", patience=60)
    _tell_rules(stage, production)
    _let_users_in(stage, stage.addresses, production)
    return _watch(stage, first)


def _let_users_in(stage: Stage, addresses: Addresses, production: Production) -> None:
    stage.traffic = Traffic(addresses.entry, HOST, stage.rate)
    stage.traffic.start()
    stage.screen.say(f"users ask {stage.rate:g} times a second through {addresses.entry} (Host: {HOST})")
    weights = Weights(production.reads.api, SUBJECT)
    stage.eyes = Eyes(weights, Edge(addresses.edge_metrics, SUBJECT), Users(LOG))
    stage.eyes.open()


def _watch(stage: Stage, first: str) -> Finding:
    arrival = Playing(stage, "users arrive")
    arrival.until(lambda window: len(window.requests) > stage.rate, 20, "the first second of traffic")
    playing = Playing(stage, "v0 serves everybody")
    window = playing.last(WATCHED)
    return judges.start(window, stage.cast, first, stage.rate)


def _tell_rules(stage: Stage, production: Production) -> None:
    spec = production.reads.release()["spec"]
    steps = ", ".join(f"{step['weight']} % for {step.get('hold', '0s')}" for step in spec["steps"])
    stage.screen.say(f"steps: {steps}")
    stage.screen.say(f"rules: {spec['rules']}; rollback window {spec['rollbackWindow']}")
