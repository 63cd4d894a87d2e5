"""The OpenAPI document: each route says beside itself what it does (`operations.describe`), `document` collects it."""
