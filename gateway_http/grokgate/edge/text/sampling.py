"""How the model chooses its words."""

from grokgate.edge.fields import invalid
from grokgate.edge.objects import RequestObject


def read_top_p(body: RequestObject) -> float | None:
    """The mass of nucleus sampling: the provider refuses 0, of which nothing can be chosen."""
    top_p = body.number("top_p", 0, 1)
    if top_p == 0:
        raise invalid("top_p", "above 0 and at most 1")
    return top_p
