"""Everything on one machine: the simulated StepPay, the widget server and a shop."""

from widget_server.demo.run import Demo, Ports, run_demo, run_simulator, run_together

__all__ = ["Demo", "Ports", "run_demo", "run_simulator", "run_together"]
