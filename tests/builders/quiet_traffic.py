import time

from segrelay_plugin.http_traffic import HttpTraffic


def quiet_traffic() -> HttpTraffic:
    """Of an Orthanc that nobody calls: nothing waits."""
    return HttpTraffic(now=time.monotonic, sleep=time.sleep)
