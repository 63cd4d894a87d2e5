"""The routes. Each file parses one family of requests, calls one use case and answers."""
