"""Everything that strangers write, written at random: no parser fails, hangs or says what does not hold.

    pytest tests/fuzz                                  a little of each, as a test
    pytest --long tests/fuzz                           a million executions in all
    python -m tests.fuzz --executions 1000000          the same, with a table of them

Each target is a strategy for what is given and a check of what comes of it (`target.py`).
"""
