import asyncio


async def loop_rounds(count: int = 10) -> None:
    """Lets everything that is ready on the event loop run, and what that makes ready in turn."""
    for _ in range(count):
        await asyncio.sleep(0)
