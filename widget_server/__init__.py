"""Self-hosted checkout widget server for StepPay.

The way in for a reader: `app.create_app` names every concrete class, `domain` holds the rules of the verdict,
`services` the use cases, `adapters` the outside world, `web` the routes.
"""

__version__ = "0.1.0"
