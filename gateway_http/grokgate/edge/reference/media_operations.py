"""The operations on images and videos."""

from grokgate.chassis.errors import Reason
from grokgate.edge.queries import WORD_MAX
from grokgate.edge.reference.operation import JSON_TYPE, Operation, Parameter, Success
from grokgate.edge.reference.reasons import MEDIA, PAID_CALL, QUERY
from grokgate.edge.reference.schemas import TEXT, printable, reference, words
from grokgate.edge.video.query import LIMIT_MAX, STATES

_IMAGE_MODEL = "xai/grok-imagine-image"
_VIDEO_MODEL = "xai/grok-imagine-video"
_VIDEOS = "/v1/video/generations"

_VIDEO_ID = Parameter("id", TEXT | {"minLength": 1}, "The video's id, `videogen_…`.")
_PAGE = (
    Parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX},
        "Videos wanted; 20 without it.",
    ),
    Parameter("after", printable(WORD_MAX), "The `last_id` of the page before."),
    Parameter("status", words(*STATES), "Only videos with this status."),
)

MEDIA_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="post",
        path="/v1/images/generations",
        name="generate_images",
        group="Images",
        summary="Images drawn from a prompt.",
        answers={JSON_TYPE: reference("ImagesObject")},
        reasons=PAID_CALL,
        is_paid=True,
        body="ImageGenerationRequest",
        example={"model": _IMAGE_MODEL, "prompt": "A copper desk lamp on a white table."},
    ),
    Operation(
        method="post",
        path="/v1/images/edits",
        name="edit_images",
        group="Images",
        summary="Images drawn upon others.",
        answers={JSON_TYPE: reference("ImagesObject")},
        reasons=PAID_CALL,
        is_paid=True,
        body="ImageEditRequest",
        form="ImageEditForm",
        example={
            "model": _IMAGE_MODEL,
            "prompt": "Render this image as a pencil sketch.",
            "image": {"url": "https://example.com/source.jpg"},
        },
    ),
    Operation(
        method="post",
        path=_VIDEOS,
        name="generate_video",
        group="Videos",
        summary="A video, or, if it takes longer than you wait, the promise of one. "
        "One that failed within the wait is a 200 as well.",
        answers={JSON_TYPE: reference("VideoObject")},
        other_successes={
            202: Success("Not done yet. Ask again at `Location`.", ("location", "retry-after"))
        },
        reasons=(*PAID_CALL, Reason.MAX_BUDGET_EXCEEDED),
        is_paid=True,
        body="VideoRequest",
        example={
            "model": _VIDEO_MODEL,
            "prompt": "Clouds over a mountain ridge.",
            "duration_seconds": 5,
        },
    ),
    Operation(
        method="get",
        path=_VIDEOS,
        name="list_videos",
        group="Videos",
        summary="Your account's videos, newest first.",
        answers={JSON_TYPE: reference("VideoPage")},
        reasons=(*MEDIA, *QUERY),
        parameters=_PAGE,
    ),
    Operation(
        method="get",
        path=f"{_VIDEOS}/{{id}}",
        name="get_video",
        group="Videos",
        summary="One video, however far it is.",
        answers={JSON_TYPE: reference("VideoObject")},
        reasons=(*MEDIA, Reason.NOT_FOUND),
        parameters=(_VIDEO_ID,),
    ),
    Operation(
        method="get",
        path=f"{_VIDEOS}/{{id}}/content",
        name="get_video_content",
        group="Videos",
        summary="A video itself, or the part of it that the header `Range` names.",
        answers={"video/mp4": {"type": "string", "format": "binary"}},
        other_successes={206: Success("The part that was asked for.", ("content-range",))},
        reasons=(
            *MEDIA,
            Reason.NOT_FOUND,
            Reason.RANGE_NOT_SATISFIABLE,
            Reason.CONTENT_EXPIRED,
            Reason.PROVIDER_ERROR,
        ),
        parameters=(_VIDEO_ID,),
    ),
)
