"""Every field of `POST /v1/video/generations` that is known, and what becomes of it."""

from grokgate.edge.fields import Table, refused, served, without_effect
from grokgate.edge.images.fields import IMAGE

_LENGTH = "Use `duration_seconds`."
_SIZE = "Use `aspect_ratio` and `resolution`."
_PROMPT = "Say it in `prompt`."
_ONE_IMAGE = "Send one image to start from as `image`."
_NOT_STORED = "The gateway stores no videos."

VIDEO: Table = {
    "model": served("Model id, bare name or alias. Required."),
    "prompt": served("What to show. Required unless `image`."),
    "duration_seconds": served("Length in seconds, 1 to 15; 8 when absent."),
    "aspect_ratio": served("Width to height, such as `16:9`; the model's choice when absent."),
    "resolution": served("A resolution of the model, such as `480p`; its first when absent."),
    "image": served("An image to start from."),
    "max_wait_seconds": served("How long to wait for the video, 0 to 600; 120 when absent."),
    "max_budget_usd": served("The most that may be held for it: a decimal string or a number."),
    "user": served("Your own end user, at most 512 characters; kept with the usage row."),
    "n": without_effect("One video a request; send 1.", (1,)),
    "seed": without_effect("Videos are not repeatable."),
    "safety_identifier": without_effect("Use `user`."),
    "duration": refused(_LENGTH),
    "seconds": refused(_LENGTH),
    "size": refused(_SIZE),
    "quality": refused(_SIZE),
    "style": refused(_PROMPT),
    "negative_prompt": refused(_PROMPT),
    "generate_audio": refused(_PROMPT),
    "image_url": refused(_ONE_IMAGE),
    "input_reference": refused(_ONE_IMAGE),
    "reference_images": refused(_ONE_IMAGE),
    "reference_audios": refused(_ONE_IMAGE),
    "keyframes": refused(_ONE_IMAGE),
    "last_frame": refused(_ONE_IMAGE),
    "video": refused(_ONE_IMAGE),
    "output": refused(_NOT_STORED),
    "storage_options": refused(_NOT_STORED),
}

# The tables by where their objects stand in the body; the body itself is at the empty path.
VIDEO_FIELDS: dict[str, Table] = {"": VIDEO, "image": IMAGE}
