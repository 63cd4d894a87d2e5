"""StepPay's API: `client` asks, `transport` fetches, `answers` reads, `deadline` ends the wait."""
