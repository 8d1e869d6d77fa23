"""Every field of the voice routes that is known, and what becomes of it."""

from decimal import Decimal

from grokgate.edge.fields import Table, refused, served, without_effect

_AS_WRITTEN = "Write `input` as it is to be said."
_OUTPUT = "Use `response_format`, `sample_rate` and `bit_rate`."
_AS_HEARD = "The provider takes no hints."
_NO_EXTRAS = "Transcripts have words, times, speakers and channels."
_SEND_AUDIO = "Send the audio itself: as `audio_base64`, or as `file` of a form."
_USER = "Your own end user, at most 512 characters; kept with the usage row."
_MODEL = "Model id, bare name or alias. Required."

SPEECH: Table = {
    "model": served(_MODEL),
    "input": served("What to say. Required."),
    "voice": served("A voice of the model, as in `/v1/audio/voices`; its default when absent."),
    "language": served("BCP-47 code such as `en`, or `auto`; `auto` when absent."),
    "response_format": served("`mp3`, `wav`, `pcm`, `mulaw` or `alaw`; `mp3` when absent."),
    "speed": served("0.7 to 1.5; 1 when absent."),
    "sample_rate": served("Samples per second; the model's default when absent."),
    "bit_rate": served("Bits per second of an `mp3`; the model's default when absent."),
    "user": served(_USER),
    "stream_format": without_effect("Send `audio`, which always comes as it is made.", ("audio",)),
    "stream": without_effect("Audio always comes as it is made.", (False, True)),
    "safety_identifier": without_effect("Use `user`."),
    "instructions": refused(_AS_WRITTEN),
    "text": refused("Use `input`."),
    "voice_id": refused("Use `voice`."),
    "output_format": refused(_OUTPUT),
    "codec": refused(_OUTPUT),
    "optimize_streaming_latency": refused("Audio always comes as it is made."),
    "text_normalization": refused(_AS_WRITTEN),
    "replace": refused(_AS_WRITTEN),
    "with_timestamps": refused("The answer is the audio alone."),
}

_WHAT_TO_HEAR: Table = {
    "audio_format": served(
        "The container, such as `mp3`; found out when absent. "
        "Raw audio is `pcm`, `mulaw` or `alaw`, and needs `sample_rate`."
    ),
    "sample_rate": served("Samples per second of raw audio."),
    "language": served("BCP-47 code of what is spoken, such as `en`; found out when absent."),
    "format": served("Whether numbers are written as figures; needs `language`."),
    "duration_seconds": served(
        "How long the audio is: a number or a decimal string. A short file holds less with it."
    ),
    "diarize": served("Whether words are told apart by speaker."),
    "multichannel": served("Whether each channel is transcribed by itself."),
    "response_format": served(
        "`json`, `verbose_json`, `text`, `srt` or `vtt`; `json` when absent."
    ),
}

_HOW_TO_HEAR: Table = {
    "user": served(_USER),
    "stream": without_effect("Transcripts come whole; send false.", (False,)),
    "temperature": without_effect("Send 0.", (0, Decimal(0))),
    "chunking_strategy": without_effect("Send `auto`.", ("auto",)),
    "safety_identifier": without_effect("Use `user`."),
    "prompt": refused(_AS_HEARD),
    "keyterm": refused(_AS_HEARD),
    "filler_words": refused(_NO_EXTRAS),
    "vad_threshold": refused(_NO_EXTRAS),
    "channels": refused("Send audio that says itself how many channels it has."),
    "url": refused(_SEND_AUDIO),
}

# A form's name for a list ends in `[]`, as the OpenAI libraries write it.
_LISTS: Table = {
    "keywords": refused(_AS_HEARD),
    "languages": refused("Use `language`."),
    "known_speaker_names": refused("Use `diarize`."),
    "known_speaker_references": refused("Use `diarize`."),
    "include": refused(_NO_EXTRAS),
}

_GRANULARITIES = "`word` or `segment`; `verbose_json` always has both."

TRANSCRIPTION: Table = {
    "model": served(_MODEL),
    "audio_base64": served("The audio in base64, with padding and without white space. Required."),
    **_WHAT_TO_HEAR,
    "timestamp_granularities": served(_GRANULARITIES),
    **_HOW_TO_HEAR,
    **_LISTS,
    "file": refused(_SEND_AUDIO),
}

TRANSCRIPTION_FORM: Table = {
    "model": served(_MODEL),
    "file": served("The audio, as a file. Required."),
    **_WHAT_TO_HEAR,
    "timestamp_granularities[]": served(_GRANULARITIES),
    **_HOW_TO_HEAR,
    **_LISTS,
    **{f"{name}[]": rule for name, rule in _LISTS.items()},
    "audio_base64": refused(_SEND_AUDIO),
}

# The tables by where their objects stand in the body; the body itself is at the empty path.
SPEECH_FIELDS: dict[str, Table] = {"": SPEECH}
TRANSCRIPTION_FIELDS: dict[str, Table] = {"": TRANSCRIPTION, "the form": TRANSCRIPTION_FORM}
