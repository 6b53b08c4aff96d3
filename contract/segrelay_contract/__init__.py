"""What travels between the parts of Segrelay: states, payloads, paths and error codes."""
