"""The operations on voice."""

from grokgate.edge.reference.operation import JSON_TYPE, Operation
from grokgate.edge.reference.reasons import MEDIA, PAID_CALL
from grokgate.edge.reference.schemas import TEXT, Schema, any_of, reference

_AUDIO: Schema = {"type": "string", "format": "binary"}
_AUDIO_TYPES = ("audio/mpeg", "audio/wav", "audio/pcm", "audio/basic", "audio/alaw")

VOICE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="post",
        path="/v1/audio/speech",
        name="create_speech",
        group="Voice",
        summary="Speech, as it is made. An answer that breaks off has no end, so that no client "
        "takes it for whole.",
        answers=dict.fromkeys(_AUDIO_TYPES, _AUDIO),
        reasons=PAID_CALL,
        is_paid=True,
        body="SpeechRequest",
        example={"model": "xai/grok-voice-tts", "input": "Hello.", "voice": "eve"},
    ),
    Operation(
        method="post",
        path="/v1/audio/transcriptions",
        name="create_transcription",
        group="Voice",
        summary="What recorded audio says, with the time of every word; as subtitles too.",
        answers={
            JSON_TYPE: any_of(reference("TranscriptObject"), reference("VerboseTranscript")),
            "text/plain": TEXT,
        },
        reasons=PAID_CALL,
        is_paid=True,
        body="TranscriptionRequest",
        form="TranscriptionForm",
        example={"model": "xai/grok-voice-stt", "audio_base64": "SUQzBAAAAAAAAA=="},
    ),
    Operation(
        method="get",
        path="/v1/audio/voices",
        name="list_voices",
        group="Voice",
        summary="The voices of the models that speak.",
        answers={JSON_TYPE: reference("VoiceList")},
        reasons=MEDIA,
    ),
)
