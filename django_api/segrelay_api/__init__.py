"""The request queue, its HTTP API and its page."""
