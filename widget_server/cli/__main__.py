"""`python -m widget_server.cli`, as the supervisor starts a worker."""

from widget_server.cli import main

main()
