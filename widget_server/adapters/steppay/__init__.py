"""StepPay's API: `resilience` lists the guards, `client` makes one call, two transports carry it."""
