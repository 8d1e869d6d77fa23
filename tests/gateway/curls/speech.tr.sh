curl "$LLMTR_BASE_URL/v1/audio/speech" \
-H "Authorization: Bearer llmtr-your_key" \
-H "Content-Type: application/json" \
-d '{
"model": "xai/grok-voice-tts",
"input": "Merhaba, bu Grok Voice TTS örneğidir.",
"voice": "eve",
"language": "tr"
}' \
--output voice.mp3
