"""The pharmacy's users: they ask for real branches and months and read what they get."""

import random
from typing import Any, ClassVar

from locust import FastHttpUser, task

from loadtest.payloads import Question, complaint


class PharmacyUser(FastHttpUser):
    """Asks mostly by link, sometimes by form; a wrong body is a failure like a wrong status.

    Whoever subclasses it says which questions there are and which Host header picks the route.
    """

    abstract = True
    connection_timeout = 5.0
    network_timeout = 5.0
    questions: ClassVar[tuple[Question, ...]]
    host_header: ClassVar[str]

    @task(4)
    def look_up(self) -> None:
        """GET one forecast."""
        question = random.choice(self.questions)
        self._ask("GET", question.path, question)

    @task(1)
    def send_form(self) -> None:
        """POST one question."""
        question = random.choice(self.questions)
        self._ask("POST", "/predict", question, json=question.body)

    def _ask(self, method: str, path: str, question: Question, **body: Any) -> None:
        headers = {"Host": self.host_header}
        name = f"{method} /predict"
        with self.client.request(
            method, path, name=name, headers=headers, catch_response=True, **body
        ) as response:
            if response.status_code != 200:
                response.failure(f"status-{response.status_code}" if response.status_code else "unanswered")
            elif wrong := complaint(question, response.content):
                response.failure(wrong)
