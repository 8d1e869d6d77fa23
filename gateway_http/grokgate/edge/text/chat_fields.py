"""Every field of `POST /v1/chat/completions` that is known, and what becomes of it."""

from grokgate.edge.fields import Table, refused, served, without_effect

_NO_STORE = "Answers are not kept; send the whole conversation as `messages`."
_ONLY_TEXT = "Answers are text."
_SAMPLING = "Use `temperature` or `top_p`."
_OWN_FUNCTIONS = "Only your own functions can be called."

CHAT_REQUEST: Table = {
    "model": served("Model id, with or without an effort suffix such as `:high`. Required."),
    "messages": served("The conversation so far; at least one message. Required."),
    "reasoning_effort": served("A level that the model has; wins over the model's suffix."),
    "max_completion_tokens": served(
        "Cap on visible output tokens, at least 1; at most what the model can hold."
    ),
    "max_tokens": served("The older name of `max_completion_tokens`."),
    "temperature": served("Sampling temperature, 0 to 2."),
    "top_p": served("Nucleus sampling mass, above 0, at most 1."),
    "response_format": served("The form of the answer."),
    "tools": served("Functions that the model may call."),
    "tool_choice": served("`none`, `auto`, `required` or one function."),
    "parallel_tool_calls": served("Whether several functions may be called at once."),
    "user": served("Your own end user, at most 512 characters; kept with the usage row."),
    "prompt_cache_key": served("Routes a conversation to one cache, at most 512 characters."),
    "stream": served("Whether the answer comes in chunks, as it is written."),
    "stream_options": served("Options of a stream; without effect on a whole answer."),
    "store": without_effect(f"Send false. {_NO_STORE}", (False,)),
    "metadata": without_effect(_NO_STORE),
    "n": without_effect("One answer a request; send 1.", (1,)),
    "presence_penalty": without_effect("Send 0.", (0, 0.0)),
    "frequency_penalty": without_effect("Send 0.", (0, 0.0)),
    "seed": without_effect("Answers are not repeatable."),
    "safety_identifier": without_effect("Use `user`."),
    "logprobs": without_effect("Send false.", (False,)),
    "top_logprobs": without_effect("Send 0.", (0,)),
    "service_tier": without_effect("Send `auto` or `default`.", ("auto", "default")),
    "deferred": without_effect("Answers are not made in the background; send false.", (False,)),
    "stop": refused("Cut the answer on your side."),
    "logit_bias": refused(_SAMPLING),
    "top_k": refused(_SAMPLING),
    "min_p": refused(_SAMPLING),
    "functions": refused("Use `tools`."),
    "function_call": refused("Use `tool_choice`."),
    "reasoning": refused("Use `reasoning_effort`."),
    "max_output_tokens": refused("Use `max_completion_tokens`."),
    "input": refused("Use `messages`."),
    "instructions": refused("Send a system message."),
    "text": refused("Use `response_format`."),
    "verbosity": refused("Ask for it in a system message."),
    "modalities": refused(_ONLY_TEXT),
    "audio": refused(_ONLY_TEXT),
    "prediction": refused("Answers are not predicted."),
    "search_parameters": refused(_OWN_FUNCTIONS),
    "web_search_options": refused(_OWN_FUNCTIONS),
    "prompt_cache_retention": refused("Use `prompt_cache_key` alone."),
    "prompt_cache_options": refused("Use `prompt_cache_key` alone."),
    "moderation": refused("The provider moderates by its own rules."),
}

STREAM_OPTIONS: Table = {
    "include_usage": served("Whether a last chunk tells usage and cost."),
    "include_obfuscation": without_effect("Chunks carry no padding.", (False, True)),
}

CHAT_TOOL: Table = {
    "type": served("Only `function`. Required."),
    "function": served("What may be called. Required."),
}

CHAT_FUNCTION: Table = {
    "name": served("The function's name. Required."),
    "description": served("What it does, for the model."),
    "parameters": served("The JSON Schema of its parameters."),
    "strict": served("Whether arguments must fit the schema."),
}

CHAT_TOOL_CHOICE: Table = {
    "type": served("Only `function`. Required."),
    "function": served("The function that must be called. Required."),
}

CHOSEN_FUNCTION: Table = {
    "name": served("The function's name. Required."),
}

# As in `RESPONSES_FIELDS`, whose tables of messages, parts and formats apply here too.
CHAT_FIELDS: dict[str, Table] = {
    "": CHAT_REQUEST,
    "stream_options": STREAM_OPTIONS,
    "tools[]": CHAT_TOOL,
    "tools[].function": CHAT_FUNCTION,
    "tool_choice": CHAT_TOOL_CHOICE,
    "tool_choice.function": CHOSEN_FUNCTION,
}
