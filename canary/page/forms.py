"""What browsers send us; everything else is refused. The forgery check is in every form."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, Regexp

if TYPE_CHECKING:
    from canary.core.model import Command

LONGEST_PASSWORD = 256


class SignIn(FlaskForm):
    """A name and its password, and where to go then."""

    name = StringField(
        "Name",
        [InputRequired("Give your name."), Length(max=63, message="That is too long for a name.")],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        "Password",
        [
            InputRequired("Give your password."),
            Length(max=LONGEST_PASSWORD, message="That is too long for a password."),
        ],
        render_kw={"autocomplete": "current-password"},
    )
    onward = HiddenField()


class Plain(FlaskForm):
    """A button."""


class Order(FlaskForm):
    """An order to the revision and the step that were on the screen.

    `key` is drawn with the form: sent twice it is still one order.
    """

    key = HiddenField(validators=[Regexp(r"[0-9a-f]{32}\Z")])
    revision = HiddenField(validators=[Regexp(r"([0-9a-f]{10})?\Z")])
    step = HiddenField(validators=[Regexp(r"[0-9]{0,4}\Z")])
    full = HiddenField(validators=[Regexp(r"(yes)?\Z")])

    @classmethod
    def about(cls, command: Command) -> Order:
        """Make the form that gives `command`."""
        step = command.expected_step
        return cls(
            formdata=None,
            key=secrets.token_hex(16),
            revision=command.expected_revision,
            step="" if step is None else str(step),
            full="yes" if command.full else "",
        )
