"""The servers beside which this one is measured. Each is what its stack's own documentation shows, makes the same two
calls with kept connections where the library does so, and checks the same; none has a ledger, limits or signatures."""
