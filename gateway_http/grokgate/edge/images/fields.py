"""Every field of the image routes that is known, and what becomes of it."""

from grokgate.edge.fields import Table, refused, served, without_effect

_SIZE = "Use `aspect_ratio` and `resolution`."
_PROMPT = "Say it in `prompt`."
_AS_MADE = "Images come as the provider makes them."
_NOT_STORED = "The gateway stores no images."
_TO_EDIT = "Use `POST /v1/images/edits`."

_WHAT_TO_DRAW: Table = {
    "model": served("Model id, bare name or alias. Required."),
    "prompt": served("What to draw. Required."),
}

_HOW_TO_DRAW: Table = {
    "n": served("How many images, 1 to 10; 1 when absent."),
    "aspect_ratio": served("Width to height, such as `16:9`; the model's choice when absent."),
    "resolution": served("A resolution of the model, such as `1k`; its first when absent."),
    "quality": served("A quality of the model, if it has any; its default when absent."),
    "response_format": served("`url` or `b64_json`; `url` when absent."),
    "user": served("Your own end user, at most 512 characters; kept with the usage row."),
    "seed": without_effect("Images are not repeatable."),
    "safety_identifier": without_effect("Use `user`."),
    "stream": without_effect("Images come whole; send false.", (False,)),
    "partial_images": without_effect("Images come whole; send 0.", (0,)),
    "deferred": without_effect("Images are not made in the background; send false.", (False,)),
    "background": without_effect("Send `auto`.", ("auto",)),
    "moderation": without_effect("Send `auto`.", ("auto",)),
    "size": refused(_SIZE),
    "style": refused(_PROMPT),
    "negative_prompt": refused(_PROMPT),
    "output_format": refused(_AS_MADE),
    "output_compression": refused(_AS_MADE),
    "output": refused(_NOT_STORED),
    "storage_options": refused(_NOT_STORED),
    "mask": refused("Say in `prompt` what to change."),
}

_EDIT_ONLY: Table = {
    "input_fidelity": refused(_PROMPT),
    "file_id": refused("Send the image itself, or its https URL."),
}

GENERATION: Table = {
    **_WHAT_TO_DRAW,
    **_HOW_TO_DRAW,
    "image": refused(_TO_EDIT),
    "images": refused(_TO_EDIT),
}

EDIT: Table = {
    **_WHAT_TO_DRAW,
    "image": served("The image to edit. Required unless `images`."),
    "images": served("Up to 5 images to draw upon, instead of `image`."),
    **_HOW_TO_DRAW,
    **_EDIT_ONLY,
}

EDIT_FORM: Table = {
    **_WHAT_TO_DRAW,
    "image": served("A JPEG, PNG or WebP file, or up to 5 of them. Required unless `image[]`."),
    "image[]": served("The same under the name that the OpenAI libraries give to several."),
    **_HOW_TO_DRAW,
    **_EDIT_ONLY,
}

IMAGE: Table = {
    "url": served("An https URL, or a data URI of a JPEG, PNG or WebP."),
    "image_url": served("Another name of `url`."),
    "type": without_effect("Send `image_url`.", ("image_url",)),
    "file_id": refused("Send the image itself, or its https URL."),
}

# The tables by where their objects stand in the body; the body itself is at the empty path.
GENERATION_FIELDS: dict[str, Table] = {"": GENERATION}
EDIT_FIELDS: dict[str, Table] = {
    "": EDIT,
    "image": IMAGE,
    "images[]": IMAGE,
    "the form": EDIT_FORM,
}
