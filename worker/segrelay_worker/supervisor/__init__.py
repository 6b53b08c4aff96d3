"""Claims requests, renews their leases, moves files; never imports what handles voxels."""
