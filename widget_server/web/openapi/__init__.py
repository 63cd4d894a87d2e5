"""The OpenAPI document: a decorator describes each route (`operations.describe`), `document` collects them."""
