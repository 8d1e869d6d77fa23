curl "$LLMTR_BASE_URL/v1/audio/speech" \
-H "Authorization: Bearer llmtr-your_key" \
-H "Content-Type: application/json" \
-d '{
"model": "xai/grok-voice-tts",
"input": "Hello, this is a Grok Voice TTS example.",
"voice": "eve",
"language": "en"
}' \
--output voice.mp3
