"""The queue: requests, leases, events. Services write, selectors read."""
