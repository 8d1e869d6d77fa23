"""Messages on their way between two ends in one process."""

import asyncio
from collections import deque
from typing import Any

import grpc
from google.protobuf.message import Message

# What HTTP/2 lets be on its way before the reader has taken any of it (RFC 9113, section 6.9.2).
_WINDOW_BYTES = 65_535
# Counted for every message on top of its size, so that empty ones fill the window too.
_MESSAGE_OVERHEAD_BYTES = 64
# How many messages a proof looks back on.
_PROVEN_MESSAGES = 16


class MessageChangedError(AssertionError):
    """A message was changed after it was sent, which the other end in this process sees."""


class MessageGate:
    """Weighs every message that is sent; `max_bytes` is the most that one may weigh."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes

    def weigh(self, message: Message) -> int:
        """The bytes that the message would take on a wire."""
        return message.ByteSize()

    def prove(self) -> None:
        """Raises MessageChangedError if a message is known to have been changed."""


class ProvingGate(MessageGate):
    """Serialises what is sent, and again later, to prove that neither end changes it."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._sealed: deque[tuple[Message, bytes]] = deque(maxlen=_PROVEN_MESSAGES)

    def weigh(self, message: Message) -> int:
        """The message's size, after a look at the ones before it."""
        self.prove()
        serialised = _serialised(message)
        self._sealed.append((message, serialised))
        return len(serialised)

    def prove(self) -> None:
        """Raises MessageChangedError if one of the last messages was changed."""
        for message, serialised in self._sealed:
            if _serialised(message) != serialised:
                self._sealed.clear()
                name = message.DESCRIPTOR.full_name
                raise MessageChangedError(f"A {name} was changed after it was sent. Change a copy.")


class MessageQueue:
    """A stream in one direction; its writer waits while the reader is a window behind."""

    def __init__(self, *, closed: bool = False) -> None:
        self.closed = closed
        self._messages: deque[tuple[Any, int]] = deque()
        self._waiting_bytes = 0
        self._filled = asyncio.Event()
        self._roomy = asyncio.Event()

    def __len__(self) -> int:
        return len(self._messages)

    async def put(self, message: Any, size: int) -> None:
        """Adds a message once there is room; one that comes after the end is lost."""
        while self._waiting_bytes >= _WINDOW_BYTES:
            self._roomy.clear()
            await self._roomy.wait()
        if not self.closed:
            size += _MESSAGE_OVERHEAD_BYTES
            self._messages.append((message, size))
            self._waiting_bytes += size
            self._filled.set()

    async def take(self) -> Any:
        """The next message, or EOF after the last one."""
        while not self._messages:
            if self.closed:
                return grpc.aio.EOF
            self._filled.clear()
            await self._filled.wait()
        message, size = self._messages.popleft()
        self._waiting_bytes -= size
        self._roomy.set()
        return message

    def close(self) -> None:
        """Ends the stream behind its last message."""
        self.closed = True
        self._filled.set()

    def abandon(self) -> None:
        """Ends the stream now: what waits in it is lost, and nobody waits for it any longer."""
        if self.closed and not self._messages:
            return
        self._messages.clear()
        self._waiting_bytes = 0
        self._roomy.set()
        self.close()


# Stands for the direction in which an RPC has one message and no stream.
NO_STREAM = MessageQueue(closed=True)


def _serialised(message: Message) -> bytes:
    return message.SerializePartialToString(deterministic=True)
