curl "$LLMTR_BASE_URL/v1/audio/transcriptions" \
-H "Authorization: Bearer llmtr-your_key" \
-H "Content-Type: application/json" \
-d '{
"model": "xai/grok-voice-stt",
"audio_base64": "<base64 mp3>",
"audio_format": "mp3",
"language": "en",
"format": true,
"duration_seconds": 12
}'
