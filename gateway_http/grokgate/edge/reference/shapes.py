"""From a table of fields to the JSON Schema of the objects that pass it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grokgate.edge.fields import Field, Support, Table
from grokgate.edge.reference.schemas import Schema, or_null

_REQUIRED = "Required."


@dataclass(frozen=True, slots=True)
class Shape:
    """An object of a request: its table, the schema of each served field, and rules beyond."""

    table: Table
    types: Mapping[str, Schema]
    rules: Schema = field(default_factory=dict)

    def schema(self) -> Schema:
        """The JSON Schema. It leaves out the refused fields: nothing that it lacks is allowed."""
        known = {n: f for n, f in self.table.items() if f.support is not Support.REFUSED}
        return {
            "type": "object",
            "properties": {name: self._property(name, rule) for name, rule in known.items()},
            "required": [name for name, rule in known.items() if _is_required(rule)],
            "additionalProperties": False,
            **self.rules,
        }

    def _property(self, name: str, rule: Field) -> Schema:
        if rule.support is Support.WITHOUT_EFFECT:
            # 0 and 0.0 are one value in JSON.
            accepted = {"enum": [*dict.fromkeys(rule.accepted), None]} if rule.accepted else {}
            return {**accepted, "description": f"Accepted without effect. {rule.note}"}
        schema = self.types[name] if _is_required(rule) else or_null(self.types[name])
        return {**schema, "description": rule.note}


def _is_required(rule: Field) -> bool:
    return rule.note.endswith(_REQUIRED)
