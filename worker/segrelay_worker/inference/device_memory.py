from __future__ import annotations


def device_memory_bytes(device: str) -> int | None:
    """All memory of a GPU; None of the processor, whose memory is everybody's."""
    if device == "cpu":
        return None
    import torch  # noqa: PLC0415 - takes a second, and a processor needs it not

    return torch.cuda.get_device_properties(device).total_memory
