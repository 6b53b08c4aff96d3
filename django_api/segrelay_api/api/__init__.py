"""The HTTP API: each endpoint parses, calls one service or selector, and renders."""
