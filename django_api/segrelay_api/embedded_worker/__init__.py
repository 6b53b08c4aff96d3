"""A worker on the web host itself, for those who have no lab."""
