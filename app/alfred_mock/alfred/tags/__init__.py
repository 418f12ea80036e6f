"""Tags, their data points, and the values that processing a file yields."""
