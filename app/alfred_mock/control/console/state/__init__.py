"""Sessions, files and jobs: where they are in their course, and how to move them."""
