"""The query of `GET /v1/video/generations`."""

from starlette.datastructures import QueryParams

from grokgate.api.media.v1 import media_pb2
from grokgate.api.media.v1.media_pb2 import ListVideosRequest
from grokgate.edge.fields import invalid
from grokgate.edge.queries import check_parameters, query_limit, query_word
from grokgate.edge.video.objects import STATUS_WORDS

PARAMETERS = ("limit", "after", "status")
LIMIT_MAX = 100

STATES = {word: state for state, word in STATUS_WORDS.items()}


def read_video_query(query: QueryParams) -> ListVideosRequest:
    """Translate a query; fails with UNKNOWN_PARAMETER or INVALID_VALUE."""
    check_parameters(query, PARAMETERS)
    status = query.get("status", "")
    if status and status not in STATES:
        raise invalid("status", f"one of {', '.join(STATES)}")
    return ListVideosRequest(
        limit=query_limit(query, LIMIT_MAX) or None,
        after=query_word(query, "after"),
        state=STATES[status] if status else media_pb2.VIDEO_STATE_UNSPECIFIED,
    )
