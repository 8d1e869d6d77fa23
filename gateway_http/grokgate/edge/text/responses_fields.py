"""Every field of `POST /v1/responses` that is known, and what becomes of it.

The one table: requests are checked by it and the documentation is tested against it. A field that
it does not name is refused as unknown.
"""

from grokgate.edge.fields import Table, refused, served, without_effect

_NO_STORE = "Answers are not kept; send the whole conversation as `input`."
_NO_FILES = "Send text, or an image as an https or data URI."
_SAMPLING = "Use `temperature` or `top_p`."
_SERVER_TOOLS = "Only your own functions can be called."

REQUEST: Table = {
    "model": served("Model id, with or without an effort suffix such as `:high`. Required."),
    "input": served("The prompt: a string, or an array of items. Required unless `messages`."),
    "messages": served("Chat messages, instead of `input`."),
    "instructions": served("System instructions that come before the input."),
    "reasoning": served("Reasoning effort and summary."),
    "max_output_tokens": served(
        "Cap on visible output tokens, at least 1; at most what the model can hold."
    ),
    "temperature": served("Sampling temperature, 0 to 2."),
    "top_p": served("Nucleus sampling mass, above 0, at most 1."),
    "text": served("The form of the answer, as `text.format`."),
    "response_format": served("The form of the answer in the chat dialect."),
    "tools": served("Functions that the model may call."),
    "tool_choice": served("`none`, `auto`, `required` or one function."),
    "parallel_tool_calls": served("Whether several functions may be called at once."),
    "include": served("Only `reasoning.encrypted_content`."),
    "user": served("Your own end user, at most 512 characters; kept with the usage row."),
    "prompt_cache_key": served("Routes a conversation to one cache, at most 512 characters."),
    "metadata": served("Up to 16 pairs of strings, repeated in the answer."),
    "stream": served("Whether the answer comes in events, as it is written."),
    "store": without_effect(f"Send false. {_NO_STORE}", (False,)),
    "background": without_effect("Answers are not made in the background; send false.", (False,)),
    "truncation": without_effect("Send `auto` or `disabled`.", ("auto", "disabled")),
    "n": without_effect("One answer a request; send 1.", (1,)),
    "presence_penalty": without_effect("Send 0.", (0, 0.0)),
    "frequency_penalty": without_effect("Send 0.", (0, 0.0)),
    "seed": without_effect("Answers are not repeatable."),
    "safety_identifier": without_effect("Use `user`."),
    "stream_options": without_effect("Streams always carry usage."),
    "logprobs": without_effect("Send false.", (False,)),
    "top_logprobs": without_effect("Send 0.", (0,)),
    "service_tier": without_effect("Send `auto` or `default`.", ("auto", "default")),
    "previous_response_id": refused(_NO_STORE),
    "conversation": refused(_NO_STORE),
    "prompt": refused("Send the prompt itself as `input`."),
    "context_management": refused("Send the input that the model shall see."),
    "max_tool_calls": refused(_SERVER_TOOLS),
    "max_turns": refused(_SERVER_TOOLS),
    "search_parameters": refused(_SERVER_TOOLS),
    "functions": refused("Use `tools`."),
    "function_call": refused("Use `tool_choice`."),
    "max_tokens": refused("Use `max_output_tokens`."),
    "max_completion_tokens": refused("Use `max_output_tokens`."),
    "reasoning_effort": refused("Use `reasoning.effort`."),
    "verbosity": refused("Ask for it in `instructions`."),
    "stop": refused("Cut the answer on your side."),
    "logit_bias": refused(_SAMPLING),
    "top_k": refused(_SAMPLING),
    "min_p": refused(_SAMPLING),
    "prompt_cache_retention": refused("Use `prompt_cache_key` alone."),
    "prompt_cache_options": refused("Use `prompt_cache_key` alone."),
    "moderation": refused("The provider moderates by its own rules."),
}

REASONING: Table = {
    "effort": served("A level that the model has; wins over the model's suffix."),
    "summary": served("`auto`, `concise` or `detailed`."),
    "generate_summary": served("The older name of `summary`."),
}

TEXT: Table = {
    "format": served("`text`, `json_object` or `json_schema`."),
    "verbosity": refused("Ask for it in `instructions`."),
}

FORMAT: Table = {
    "type": served("`text`, `json_object` or `json_schema`. Required."),
    "json_schema": served("The chat dialect's place for the fields below."),
    "name": served("A name for the schema."),
    "schema": served("The JSON Schema; required with `json_schema`."),
    "strict": served("Whether the answer must fit the schema."),
    "description": served("What the schema is for."),
}

JSON_SCHEMA: Table = {name: FORMAT[name] for name in ("name", "schema", "strict", "description")}

TOOL: Table = {
    "type": served("Only `function`. Required."),
    "name": served("The function's name. Required."),
    "description": served("What it does, for the model."),
    "parameters": served("The JSON Schema of its parameters."),
    "strict": served("Whether arguments must fit the schema."),
    "defer_loading": without_effect("Send false.", (False,)),
}

TOOL_CHOICE: Table = {
    "type": served("Only `function`. Required."),
    "name": served("The function that must be called. Required."),
}

MESSAGE: Table = {
    "type": served("`message`, or absent."),
    "role": served("`user`, `assistant`, `system` or `developer`. Required."),
    "content": served("A string, or an array of parts. Required."),
    "id": without_effect("Only items of an answer are known by their id."),
    "status": without_effect("The message is taken as it is."),
    "name": refused("Name the speaker in the text."),
}

FUNCTION_CALL: Table = {
    "type": served("`function_call`. Required."),
    "call_id": served("Joins the call to its output. Required."),
    "name": served("The function's name. Required."),
    "arguments": served("JSON text that the model wrote. Required."),
    "id": served("From an answer; with it, the item goes back as it was."),
    "status": served("From an answer; with it, the item goes back as it was."),
}

FUNCTION_CALL_OUTPUT: Table = {
    "type": served("`function_call_output`. Required."),
    "call_id": served("The call that it answers. Required."),
    "output": served("A string, or an array of parts. Required."),
    "id": without_effect("The item is known by its `call_id`."),
    "status": without_effect("The output is taken as it is."),
}

TEXT_PART: Table = {
    "type": served("`input_text`, `text` or `output_text`. Required."),
    "text": served("The text. Required."),
    "annotations": without_effect("Only the text is read."),
    "logprobs": without_effect("Only the text is read."),
}

REFUSAL_PART: Table = {
    "type": served("`refusal`. Required."),
    "refusal": served("What the model said. Required."),
}

IMAGE_PART: Table = {
    "type": served("`input_image` or `image_url`. Required."),
    "image_url": served("An https or data URI, alone or as `{url}`. Required."),
    "detail": served("`auto`, `low` or `high`."),
    "file_id": refused(_NO_FILES),
}

IMAGE_URL: Table = {
    "url": served("An https URL, or a data URI of a JPEG, PNG or WebP. Required."),
    "detail": served("`auto`, `low` or `high`."),
}

CHAT_MESSAGE: Table = {
    "role": served("`user`, `assistant`, `system`, `developer` or `tool`. Required."),
    "content": served("A string, or an array of parts."),
    "tool_calls": served("The functions that the assistant called."),
    "tool_call_id": served("The call that a tool's message answers."),
    "refusal": served("What the assistant said, where there is no content."),
    "annotations": without_effect("Only the content is read."),
    "reasoning_content": without_effect("Only the content is read."),
    "name": refused("Name the speaker in the text."),
    "audio": refused(_NO_FILES),
    "function_call": refused("Use `tool_calls`."),
}

TOOL_CALL: Table = {
    "id": served("Joins the call to its output. Required."),
    "type": served("`function`."),
    "function": served("Name and arguments. Required."),
    "index": without_effect("Calls are read in their order."),
}

CALLED_FUNCTION: Table = {
    "name": served("The function's name. Required."),
    "arguments": served("JSON text that the model wrote. Required."),
}

# Where in a request each table applies; `[]` stands for each element of an array.
RESPONSES_FIELDS: dict[str, Table] = {
    "": REQUEST,
    "reasoning": REASONING,
    "text": TEXT,
    "text.format": FORMAT,
    "text.format.json_schema": JSON_SCHEMA,
    "response_format": FORMAT,
    "response_format.json_schema": JSON_SCHEMA,
    "tools[]": TOOL,
    "tool_choice": TOOL_CHOICE,
    "input[] (message)": MESSAGE,
    "input[] (function_call)": FUNCTION_CALL,
    "input[] (function_call_output)": FUNCTION_CALL_OUTPUT,
    "input[].content[] (text)": TEXT_PART,
    "input[].content[] (refusal)": REFUSAL_PART,
    "input[].content[] (image)": IMAGE_PART,
    "input[].content[].image_url": IMAGE_URL,
    "messages[]": CHAT_MESSAGE,
    "messages[].tool_calls[]": TOOL_CALL,
    "messages[].tool_calls[].function": CALLED_FUNCTION,
}
