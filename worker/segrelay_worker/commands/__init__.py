"""What `segrelay-worker` does besides running the service."""
