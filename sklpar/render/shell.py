"""Commands that are printed to be copied: a shell takes them as meant, whatever a folder is called.

What a terminal must not be sent, or cannot show, is spelt inside of ``$'...'``, which bash, zsh and
ksh read back.
"""

from __future__ import annotations

import shlex

from sklpar.render.plain import loggable

_HARMLESS = frozenset(" -_./,+=@%")


def word(text: str, *, unicode: bool = True) -> str:
    """Return a word of a command, quoted for a shell and such that any terminal may show it.

    Parameters
    ----------
    unicode : bool
        Whether printable characters beyond ASCII may stay.
    """
    plain = shlex.quote(text)
    if loggable(plain, unicode=unicode) == plain:
        return plain
    spelt = (_spelt(before, one, unicode) for before, one in zip(f" {text}", text, strict=False))
    return f"$'{''.join(spelt)}'"


def _spelt(before: str, one: str, unicode: bool) -> str:
    """Return a character inside of ``$'...'``: as it is, or its bytes."""
    is_run = one == before == " "  # a page may draw two spaces as one
    if not is_run and (one in _HARMLESS or (one.isalnum() and (unicode or one.isascii()))):
        return one
    return "".join(f"\\x{byte:02x}" for byte in one.encode("utf-8", "surrogateescape"))
