"""`python -m alfred_mock` is the same as `alfred-mock`."""

from alfred_mock.cli import main

main()
