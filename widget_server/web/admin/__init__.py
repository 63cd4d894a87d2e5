"""The admin dashboard at `/admin`: an application of its own, under an origin of its own."""
