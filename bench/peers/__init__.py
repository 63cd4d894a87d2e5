"""The servers that this one is compared with. Each is what its stack's own documentation shows, makes the same two
calls with kept connections where the library does so, and checks the same. The bare ones are the floor. Those with
guarantees also have what a merchant would have to add: validation, CORS, a rate limit for each client, an access log,
the verdict on the disk before the answer (SQLite, WAL, synchronous FULL) and an Ed25519 JWS over it."""
