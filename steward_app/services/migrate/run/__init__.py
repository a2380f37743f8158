"""Carrying migrations out: what would run, on a copy first, then on the file, and back.

course       which migrations run in order, looked through: `Course`, `Step`
carry        one migration in one transaction, with what is checked before it is kept
series       the operation over them: `Apply`, `TakeBack`
service      the calls for the window and the command line
"""
