"""Every way we know to make a checkout server say something wrong, as tests; `attacks.jsonl` holds the cases.

A test proves a case when the case's id is in its name: `test_IN_05_...` proves IN-05, here or in any other test file.
"""
