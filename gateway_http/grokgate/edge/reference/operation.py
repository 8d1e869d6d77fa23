"""What the description of the API says about one operation."""

from dataclasses import dataclass, field
from typing import Any

from grokgate.chassis.errors import Reason
from grokgate.edge.reference.schemas import Schema

JSON_TYPE = "application/json"
FORM_TYPE = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query, or of the path where the path names it."""

    name: str
    schema: Schema
    description: str


@dataclass(frozen=True, slots=True)
class Success:
    """What another status than 200 means, and the headers that come with it."""

    description: str
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path: what it takes, what it answers, and why it may refuse."""

    method: str
    path: str
    name: str
    group: str
    summary: str
    answers: dict[str, Schema]
    """The schema of a success by media type."""
    reasons: tuple[Reason, ...] = ()
    needs_key: bool = True
    is_paid: bool = False
    parameters: tuple[Parameter, ...] = ()
    body: str = ""
    """The schema of the body by name; empty when it takes none."""
    form: str = ""
    """The schema of the body as a multipart form, by name; empty when it cannot be one."""
    example: dict[str, Any] = field(default_factory=dict)
    """A body that asks for something small."""
    other_successes: dict[int, Success] = field(default_factory=dict)
    """Other statuses with the same answers."""
    other_answers: dict[int, Schema] = field(default_factory=dict)
    """The schemas of what a failure's status may come with instead of an error."""
