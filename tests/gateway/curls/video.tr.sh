curl "$LLMTR_BASE_URL/v1/video/generations" \
-H "Authorization: Bearer llmtr-your_key" \
-H "Content-Type: application/json" \
-d '{
"model": "xai/grok-imagine-video",
"prompt": "A calm time-lapse of clouds over a mountain ridge",
"duration_seconds": 5,
"aspect_ratio": "16:9",
"resolution": "480p",
"max_wait_seconds": 120
}'
