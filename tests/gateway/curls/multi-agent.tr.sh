curl "$LLMTR_BASE_URL/v1/responses" \
-H "Authorization: Bearer llmtr-your_key" \
-H "Content-Type: application/json" \
-d '{
"model": "xai/grok-4.20-multi-agent:high",
"input": "Bu mimari kararı maliyet, risk ve bakım açısından değerlendir."
}'
