"""HTTP to the queue and to Orthanc; the only place that imports requests."""
