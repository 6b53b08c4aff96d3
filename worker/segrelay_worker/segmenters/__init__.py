"""A model package → probabilities. Only `torchscript` imports torch."""
