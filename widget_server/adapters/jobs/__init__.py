"""What runs the jobs: a worker of a few threads, and its place beside the web server."""
