"""Pictures: /v1/images, and the compatible channel."""
