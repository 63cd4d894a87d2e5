"""Everything on one machine: the simulated StepPay, the widget server and a shop."""

from widget_server.demo.run import Demo, Ports, run_demo, run_simulator

__all__ = ["Demo", "Ports", "run_demo", "run_simulator"]
