"""A question to upstream, as often as it has to be asked."""

from dataclasses import dataclass

import httpx

from grokgate.chassis.calls import TRACEPARENT
from grokgate.chassis.secrets import Secret
from grokgate.xai.forms import Form

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Question:
    """A POST of JSON or of a form; `path` is under the base URL."""

    path: str
    body: bytes | Form
    accept: str
    traceparent: str

    def request(self, url: httpx.URL, key: Secret) -> httpx.Request:
        """One attempt with a key."""
        headers = [("authorization", f"Bearer {key.reveal()}"), ("accept", self.accept)]
        if self.traceparent:
            headers.append((TRACEPARENT, self.traceparent))
        if isinstance(self.body, bytes):
            headers.append(("content-type", JSON))
            return httpx.Request("POST", url, headers=headers, content=self.body)
        return httpx.Request("POST", url, headers=headers + self.body.headers, stream=self.body)
