"""Ed25519 (RFC 8032): the key that signs the log's heads, and the check of signatures.

A door: the key comes from outside the archive.  The only place that knows the cryptography library, which
is asked for (extra ``sign``) only where something is signed or a signature is checked.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from crawler.durable import make_folder, sync_folder
from crawler.errors import ConfigError, LogError
from crawler.transparency.checkpoint import PublicKey, Signature, is_name, parse_secret, spell_secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ed25519

VARIABLE = "CRAWLER_LOG_KEY"  #: of the environment: the key itself
CREDENTIAL = "crawler-log-key"  #: of systemd (LoadCredential=)
_LONGEST = 4096
_MISSING = (
    "signatures need the library cryptography: pip install 'wire-crawler[sign]' (or pip install cryptography)"
)


class Signer:
    """Signs with one secret key, which it never shows."""

    def __init__(self, secret: str) -> None:
        """Raises ``LogError`` for what is no key; the message tells nothing of it."""
        name, id, seed = parse_secret(secret)
        self._key = _library().Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(name=name, key=_public(self._key))
        if self.public.id.hex() != id:
            raise LogError("this is no secret key of a log: its parts do not belong together")

    def sign(self, text: str) -> Signature:
        """A signature of a note's text."""
        value = self._key.sign(text.encode())
        return Signature(name=self.public.name, key_id=self.public.id, value=value)


def is_valid(key: PublicKey, signature: Signature, text: str) -> bool:
    """Whether the key made this signature of a note's text."""
    public = _library().Ed25519PublicKey.from_public_bytes(key.key)
    from cryptography.exceptions import InvalidSignature

    try:
        public.verify(signature.value, text.encode())
    except InvalidSignature:
        return False
    return True


def require() -> None:
    """Raises ``ConfigError`` with what to do where the library is missing."""
    _library()


def generate(name: str) -> tuple[str, PublicKey]:
    """A new key for a log of this name: the secret as it is to be kept, and the public key to be published."""
    if not is_name(name):
        raise ConfigError(
            f'"{name}" cannot name a log: write it without white space and "+", as example.org/wires'
        )
    key = _library().Ed25519PrivateKey.generate()
    public = PublicKey(name=name, key=_public(key))
    return spell_secret(public, key.private_bytes_raw()), public


def keep(secret: str, path: Path) -> None:
    """Write a new key file that only its owner can read; raises ``ConfigError``, also where one is there."""
    if os.path.lexists(path):
        raise ConfigError(f"{path}: a key is there already and is not replaced; name another file")
    try:
        make_folder(path.parent)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as out:
            out.write(f"{secret}\n")
            out.flush()
            os.fsync(out.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(f"{path}: the key cannot be written: {error.strerror}") from None


def find(path: Path | None) -> Signer | None:
    """The key from its file, else from systemd's credentials, else from the environment; None: there is none.

    Raises ``ConfigError``.
    """
    credential = Path(os.environ.get("CREDENTIALS_DIRECTORY") or "/nowhere", CREDENTIAL)
    if path is not None:
        where, secret = str(path), _read(path, private=True)
    elif credential.is_file():
        where, secret = str(credential), _read(credential, private=False)  # systemd sees to who reads it
    else:
        where, secret = f"${VARIABLE}", os.environ.get(VARIABLE, "")
        if not secret:
            return None
    try:
        return Signer(secret)
    except LogError as error:
        raise ConfigError(f"{where}: {error}; make one with `crawler log keygen`") from None


def _read(path: Path, *, private: bool) -> str:
    """A key file's text; raises ``ConfigError``, also where others could read what is to be private."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_LONGEST)
    except OSError as error:
        raise ConfigError(f"{path}: the log's key cannot be read: {error.strerror}; see [log] key") from None
    if not stat.S_ISREG(mode):
        raise ConfigError(f"{path}: the log's key is no plain file; see [log] key")
    if private and mode & 0o077:
        raise ConfigError(
            f"{path}: others can read the log's key (mode {stat.S_IMODE(mode):04o}); chmod 600 it"
        )
    return data.decode("utf-8", "replace")


def _library() -> ModuleType:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise ConfigError(_MISSING) from None
    return ed25519


def _public(key: ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
