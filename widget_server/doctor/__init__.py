"""`widget-server doctor`: does this installation work? One line for each thing looked at, a hint for each problem.

Adding a check is one function that gives findings, and one line in `examine.CHECKS`. A check changes nothing, and says
nothing that a person could not copy into a public report: no secret, no database address.
"""
