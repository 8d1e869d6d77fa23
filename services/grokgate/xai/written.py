"""How much text a model has written so far, when nobody has counted its tokens yet."""


class Written:
    """Bytes of UTF-8, apart for ASCII and for other characters, whose tokens differ in size."""

    __slots__ = ("ascii_bytes", "other_bytes")

    def __init__(self, text: str = "") -> None:
        self.ascii_bytes = 0
        self.other_bytes = 0
        self.add(text)

    def add(self, text: str) -> None:
        """Count more text."""
        if text.isascii():
            self.ascii_bytes += len(text)
            return
        ascii_bytes = sum(map(str.isascii, text))
        self.ascii_bytes += ascii_bytes
        self.other_bytes += len(text.encode()) - ascii_bytes

    def __bool__(self) -> bool:
        return bool(self.ascii_bytes or self.other_bytes)
