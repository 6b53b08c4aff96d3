class CommandError(Exception):
    """A command was not used as it can be; the message is a sentence for who typed it."""
