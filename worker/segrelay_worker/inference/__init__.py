"""Volume → mask: orientation, model, post-processing; and the process that runs it."""
