"""The caller's company: account, tags, cloud information."""
