"""The operator's pages at `/admin`: an application of their own, under an origin of their own."""
