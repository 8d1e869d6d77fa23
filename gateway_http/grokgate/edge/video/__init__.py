"""Videos as resources: `/v1/video/generations`."""
