curl "$LLMTR_BASE_URL/v1/images/generations" \
-H "Authorization: Bearer llmtr-your_key" \
-H "Content-Type: application/json" \
-d '{
"model": "xai/grok-imagine-image",
"prompt": "A clean product photo of a copper desk lamp",
"aspect_ratio": "16:9",
"resolution": "1k",
"response_format": "url",
"n": 1
}'
