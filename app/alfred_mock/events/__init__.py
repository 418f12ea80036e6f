"""What Alfred tells of jobs and files: the 24 events, by webhook and in real time."""
