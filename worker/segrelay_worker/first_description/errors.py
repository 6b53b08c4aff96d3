class NotDescribedError(Exception):
    """What was named is no model that a worker takes; the message is a sentence with a way out."""
