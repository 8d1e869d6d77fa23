"""The sizes that both ends of a wire agree on."""

# Statuses travel with their details as metadata; gRPC's own limit of 8 KiB would turn a long
# message with details into RESOURCE_EXHAUSTED.
_METADATA_CAP_BYTES = 64 * 1024


def wire_limits(message_cap_bytes: int) -> list[tuple[str, int]]:
    """The gRPC options for them: the cap of a message, both ways, and that of the metadata."""
    return [
        ("grpc.max_receive_message_length", message_cap_bytes),
        ("grpc.max_send_message_length", message_cap_bytes),
        ("grpc.max_metadata_size", _METADATA_CAP_BYTES),
        ("grpc.absolute_max_metadata_size", _METADATA_CAP_BYTES),
    ]
