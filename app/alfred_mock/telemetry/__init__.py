"""What the server tells about itself: metrics for Prometheus, logs in JSON, traces."""
