"""Measurements that are too long for the tests. Each prints what it found; docs/ keeps the tables.

`python -m bench`         this server compared with others: speed, waiting, memory (docs/maintainers/performance.md)
`python -m bench.soak`    mixed traffic for minutes: does anything grow? (docs/maintainers/soak.md)
`python -m bench.chaos`   everything is killed again and again: is anything lost? (docs/durability.md)
`python -m bench.order_keys`  orders under kills and lost answers: is one made twice? (docs/decisions/0071)
"""
