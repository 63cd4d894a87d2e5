"""What a database's error means, in words of our own: its messages may quote rows, statements, even a password."""

import sqlite3

from sqlalchemy.exc import ArgumentError, DBAPIError

_BY_SQLSTATE = {
    "25006": "it is read-only (a standby, or the primary of before a failover)",
    "28": "it does not take this user or this password",
    "3D000": "it has no database of this name",
    "3F000": "the schema of its search_path does not exist; make it with CREATE SCHEMA",
    "42501": "this user may not do that; make it the owner of the database or the schema",
    "53100": "its disk is full",
    "53300": "it has no connection left",
    "53": "it has too little disk, memory or connections left",
    "55P03": "another program holds a lock",
    "57014": "it took too long; another program may hold a lock",
    "57P": "it is starting, stopping or recovering",
}
"""PostgreSQL's manual, appendix A. The longest beginning counts."""
_BY_WORDS = {
    "transaction blocks not allowed": "its pooler shares sessions by the statement; it has to be by the transaction",
    "read-only": _BY_SQLSTATE["25006"],
    "starting up": _BY_SQLSTATE["57P"],
    "shutting down": _BY_SQLSTATE["57P"],
    "recovery": _BY_SQLSTATE["57P"],
    "not yet accepting": _BY_SQLSTATE["57P"],
    "too many clients": _BY_SQLSTATE["53300"],
    "remaining connection slots": _BY_SQLSTATE["53300"],
    "authentication failed": _BY_SQLSTATE["28"],
    "no pg_hba.conf entry": _BY_SQLSTATE["28"],
    "no password supplied": _BY_SQLSTATE["28"],
    "role": _BY_SQLSTATE["28"],
    "does not exist": _BY_SQLSTATE["3D000"],
    "no such database": _BY_SQLSTATE["3D000"],
    "connection refused": "nothing listens at its address and port",
    "no such file": "there is no socket of a server in its folder",
    "resolve": "its host's name leads nowhere",
    "name or service": "its host's name leads nowhere",
    "translate host name": "its host's name leads nowhere",
    "unreachable": "there is no way to its host",
    "timeout": "it does not answer in time",
    "timed out": "it does not answer in time",
    "certificate": "its certificate is not trusted",
    "ssl": "it and this server do not agree about TLS",
    "closed": "it ended the connection",
}
"""A connection that does not come about has no SQLSTATE. libpq's English words; another language gets the class."""
_BY_SQLITE_NAME = {
    "SQLITE_BUSY": "another program holds its lock",
    "SQLITE_LOCKED": "another program holds its lock",
    "SQLITE_CANTOPEN": "its file cannot be opened or made",
    "SQLITE_READONLY": "its file or folder is read-only",
    "SQLITE_PERM": "its file or folder is read-only",
    "SQLITE_FULL": "its disk is full",
    "SQLITE_IOERR": "its disk or file system fails",
    "SQLITE_CORRUPT": "its file is damaged; restore a backup",
    "SQLITE_NOTADB": "its file is no SQLite database",
}


def cause_of(error: BaseException) -> str:
    """A sentence without its subject, the database. An unknown cause is the name of the error's class."""
    driver = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if _is_of_the_url(driver):
        return "its URL has a part that is wrong"
    known = _of_sqlite(driver) if isinstance(driver, sqlite3.Error) else _of_postgresql(driver)
    return known or type(driver).__name__


def is_for_good(error: BaseException) -> bool:
    """Whether only a person can mend it: another file, other settings."""
    driver = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(driver, sqlite3.Error):
        return _name_of(driver) == "SQLITE_NOTADB"
    return isinstance(error, ArgumentError) or _is_of_the_url(driver)


def _is_of_the_url(error: BaseException | None) -> bool:
    """What psycopg finds wrong before it reaches a server: then there is no SQLSTATE."""
    if isinstance(error, UnicodeError):  # a host whose name can be none
        return True
    name, state = type(error).__name__, getattr(error, "sqlstate", None)
    is_value = name == "OperationalError" and ": invalid " in str(error)
    return not isinstance(error, sqlite3.Error) and not state and (name == "ProgrammingError" or is_value)


def _of_sqlite(error: sqlite3.Error) -> str | None:
    name = _name_of(error)
    return next((cause for start, cause in _BY_SQLITE_NAME.items() if name.startswith(start)), None)


def _name_of(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", ""))


def _of_postgresql(error: BaseException) -> str | None:
    state, words = getattr(error, "sqlstate", None), str(error).lower()
    if state:
        starts = sorted((start for start in _BY_SQLSTATE if state.startswith(start)), key=len)
        return _BY_SQLSTATE[starts[-1]] if starts else None
    return next((cause for part, cause in _BY_WORDS.items() if part in words), None)
