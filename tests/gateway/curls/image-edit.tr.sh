curl "$LLMTR_BASE_URL/v1/images/edits" \
-H "Authorization: Bearer llmtr-your_key" \
-H "Content-Type: application/json" \
-d '{
"model": "xai/grok-imagine-image",
"prompt": "Render this image as a pencil sketch.",
"image": { "url": "https://example.com/source.jpg" },
"aspect_ratio": "1:1",
"response_format": "url"
}'
