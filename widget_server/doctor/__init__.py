"""`widget-server doctor`: does this installation work? One line for each check, a hint for each problem.

A new check is one function that yields results, and one line in `run_checks.CHECKS`. A check changes nothing, and its
text can be copied into a public report: no secret, no database address.
"""
