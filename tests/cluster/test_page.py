"""The Releases page on the real cluster: installed with its own account, ordered from as somebody else.

One release, held at 10 % for an approval. Four people: `ann` may order here; `bob` has no right to;
`eve` is a user of the page whom its account may not act as; `vic` only looks.
"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.request
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import yaml
from click.testing import CliRunner

from canary.page.passwords import main as passwords
from tests.manifests.charts import CONTROLLER, one, render
from tests.unit.canary.page.stage import form_of, told

from .lab import Lab, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .lab import Tools

pytestmark = pytest.mark.cluster

PASSWORD = "correct horse battery"
USERS = [
    {"name": "ann", "role": "operator", "actsAs": "ann@example.test"},
    {"name": "bob", "role": "operator", "actsAs": "bob@example.test"},
    {"name": "eve", "role": "operator", "actsAs": "eve@example.test"},
    {"name": "vic", "role": "viewer"},
]
STEPS = '[{"weight":10,"approval":true},{"weight":100}]'
PLACE = "/releases/{0.namespace}/{0.name}"


@dataclass
class Visitor:
    """Somebody with a browser of their own."""

    url: str
    name: str = ""

    def __post_init__(self) -> None:
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        if self.name:
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.read("/sign-in")[1])
            assert token is not None
            sent = {"csrf_token": token[1], "name": self.name, "password": PASSWORD, "onward": "/"}
            assert f"{self.name} " in told(self.read("/sign-in", sent)[1])

    def read(self, path: str, sent: dict[str, str] | None = None) -> tuple[int, str]:
        body = urlencode(sent).encode() if sent is not None else None
        try:
            with self._open.open(f"{self.url}{path}", body, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def press(self, path: str, action: str) -> tuple[int, str]:
        form = form_of(self.read(path)[1], action)
        return self.read(form.action, form.sent)


@dataclass
class Scene:
    """A release that waits for its approval, and the address of the page."""

    lab: Lab
    url: str

    @property
    def place(self) -> str:
        return PLACE.format(self.lab)

    def commands(self) -> list[dict[str, Any]]:
        listed = json.loads(self.lab.kubectl("get", "releasecommands", "-o", "json"))
        found: list[dict[str, Any]] = listed["items"]
        return found


@pytest.fixture(scope="module")
def scene(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    lab = Lab(tools, f"t-{uuid.uuid4().hex[:8]}")
    tools.run(tools.kubectl, "create", "namespace", lab.namespace)
    try:
        installed = install(lab, tmp_path_factory.mktemp("page"))
        lab.healthy(canary__steps=STEPS, model__version="v0")
        lab.upgrade(canary__steps=STEPS, model__version="v1")
        lab.until_weight(10)
        with forwarded(lab, installed) as url:
            yield Scene(lab, url)
    finally:
        tools.run(tools.kubectl, "delete", "namespace", lab.namespace, "--wait=false")
        left = ("clusterrole,clusterrolebinding", f"canary-controller-page-acts-as.{lab.namespace}")
        tools.run(tools.kubectl, "delete", "--ignore-not-found", *left)


def install(lab: Lab, folder: Path) -> str:
    """Put the page into the lab with passwords and rights; `eve` is taken out of what it may act as."""
    lines = "".join(
        CliRunner().invoke(passwords, [user["name"]], input=f"{PASSWORD}\n").output for user in USERS
    )
    (folder / "passwords").write_text(lines)
    (folder / "session-key").write_text(uuid.uuid4().hex * 2)
    files = (f"--from-file={folder / name}" for name in ("passwords", "session-key"))
    lab.kubectl("create", "secret", "generic", "page", *files)
    repository, tag = lab.tools.images["controller"].rsplit(":", 1)
    values = {
        "image": {"repository": repository, "tag": tag},
        "scope": {"namespace": lab.namespace},
        "page": {"enabled": True, "users": USERS, "secret": "page", "secureCookies": False},
    }
    (folder / "values.yaml").write_text(yaml.safe_dump(values))
    words = ("--namespace", lab.namespace, "--values", str(folder / "values.yaml"))
    rendered = [
        each for each in render(CONTROLLER, *words, "--set-string", f"image.tag={tag}") if _of_page(each)
    ]
    (rule,) = one(rendered, "ClusterRole")["rules"]
    rule["resourceNames"].remove("eve@example.test")
    lab.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(rendered))
    lab.kubectl(
        "create", "rolebinding", "operators", "--clusterrole=canary-operator", "--user=ann@example.test"
    )
    return "canary-controller-page"


def _of_page(manifest: dict[str, Any]) -> bool:
    return str(manifest["metadata"]["name"]).startswith("canary-controller-page")


@contextmanager
def forwarded(lab: Lab, name: str) -> Iterator[str]:
    """The address at which the page's Service can be reached from here."""
    lab.kubectl("rollout", "status", f"deployment/{name}", "--timeout=90s")
    words = [lab.tools.kubectl, "-n", lab.namespace, "port-forward", f"service/{name}", ":80"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=lab.tools.environment) as process:
        assert process.stdout is not None
        said = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert said is not None
        yield f"http://127.0.0.1:{said[1]}"
        process.terminate()


def test_whoever_is_not_signed_in_sees_the_release_and_no_button(scene: Scene) -> None:
    code, page = Visitor(scene.url).read(scene.place)
    assert code == 200
    assert "10 % asked" in told(page)
    assert f"canary promote {scene.lab.name} -n {scene.lab.namespace}" in told(page)
    assert 'method="post"' not in page


def test_a_viewer_cannot_promote(scene: Scene) -> None:
    viewer = Visitor(scene.url, "vic")
    page = viewer.read(scene.place)[1]
    sent = form_of(page, "/sign-out").sent | {"key": "0" * 32, "revision": "", "step": "", "full": ""}
    code, refused = viewer.read(f"{scene.place}/orders/promote", sent)
    assert (code, "vic may not promote" in told(refused)) == (403, True)
    assert scene.commands() == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bob", 'User "bob@example.test" cannot create resource "releasecommands"'),
        ("eve", 'cannot impersonate resource "users"'),
    ],
    ids=["without the right", "whom the page may not act as"],
)
def test_the_api_server_decides_what_an_operator_may_order(scene: Scene, name: str, words: str) -> None:
    code, page = Visitor(scene.url, name).press(scene.place, "/orders/promote")
    assert code == 403
    assert f"{name}@example.test may not promote {scene.lab.name} in {scene.lab.namespace}" in told(page)
    assert words in told(page)
    assert scene.commands() == []


def test_an_operator_orders_as_their_own_user_once_and_the_journal_names_them(scene: Scene) -> None:
    operator = Visitor(scene.url, "ann")
    form = form_of(operator.read(scene.place)[1], "/orders/pause")
    for _ in range(2):
        assert operator.read(form.action, form.sent)[0] == 200
    (command,) = scene.commands()
    expected = scene.lab.status()["canaryRevision"]
    spec = command["spec"]
    assert (spec["verb"], spec["requestedBy"]) == ("pause", "ann@example.test")
    assert (spec["expectedRevision"], spec["expectedStep"]) == (expected, 0)
    answer = f"{scene.place}?order={command['metadata']['name']}"
    wait_for("the answer", lambda: "Done: paused at 10 %" in told(operator.read(answer)[1]), 15, 0.3)
    assert scene.lab.status()["journal"][-1]["actor"] == "ann@example.test"


def test_what_was_on_the_screen_is_what_is_ordered(scene: Scene) -> None:
    operator = Visitor(scene.url, "ann")
    form = form_of(operator.read(scene.place)[1], "/orders/resume")
    assert operator.read(form.action, form.sent | {"step": "1"})[0] == 200

    def refusal() -> str:
        (resume,) = (each for each in scene.commands() if each["spec"]["verb"] == "resume")
        return str(resume.get("status", {}).get("message", ""))

    said = wait_for("the controller's answer", refusal, 15, 0.3)
    assert said == "resume refused: meant for step 2, but this is step 1: look again"


def test_an_abort_is_asked_about_and_takes_the_users_back(scene: Scene) -> None:
    code, _ = Visitor(scene.url, "ann").press(f"{scene.place}/orders/abort", "/orders/abort")
    assert code == 200
    scene.lab.until("RolledBack")
    assert scene.lab.weight() == 0
    assert "abort ordered by ann@example.test" in told(Visitor(scene.url).read(scene.place)[1])
