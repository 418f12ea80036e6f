"""The journal: each request with its caller and its answer."""
