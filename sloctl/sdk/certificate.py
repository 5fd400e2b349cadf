"""The server's certificate, read again when its file changes: whoever issues it replaces it before it expires."""

import ssl
from pathlib import Path
from threading import Lock

from sloctl.model.errors import UsageError
from sloctl.sdk import families
from sloctl.sdk.store import Store


class Certificate:
    """
    A certificate and its key, as files in PEM format.

    Args:
        store: Where reads and failed reads are counted.
        certfile: The certificate, with those that lead to its authority.
        keyfile: Its key, without a password; None when that is in *certfile*.

    Raises:
        UsageError: The files cannot be read or do not belong together.
    """

    def __init__(self, store: Store, certfile: str | Path, keyfile: str | Path | None) -> None:
        self._certfile = Path(certfile)
        self._keyfile = Path(keyfile or certfile)
        self._reads = store.values(families.CERTIFICATE_READS).at()
        self._errors = store.values(families.CERTIFICATE_ERRORS).at()
        self._lock = Lock()
        try:
            self._seen = self._state()
            self._context = self._read()
        except OSError as error:  # an SSLError is one
            raise UsageError(
                f"cannot use the certificate {certfile} with the key {keyfile or certfile}: {error.strerror or error}",
                "give a certificate and its key without a password, both in PEM format",
            ) from error

    def context(self) -> ssl.SSLContext:
        """Give what the next connection is to use: the certificate as it is, or the last one that could be read."""
        with self._lock:
            try:
                if (state := self._state()) != self._seen:
                    self._seen = state
                    self._context = self._read()
            except OSError:
                self._errors.add(1)
            return self._context

    def _state(self) -> tuple[tuple[int, int, int], ...]:
        found = (path.stat() for path in (self._certfile, self._keyfile))
        return tuple((stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in found)

    def _read(self) -> ssl.SSLContext:
        self._reads.add(1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certfile, self._keyfile, password=_no_password)
        return context


def _no_password() -> str:
    """Answer in place of a prompt, for which nobody is there."""
    return ""
