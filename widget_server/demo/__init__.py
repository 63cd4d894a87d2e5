"""Everything on one machine: the simulated StepPay, the widget server and a shop. `run.py` starts it."""
