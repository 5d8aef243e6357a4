"""Programs of others, and pywb as a server on loopback; shares no code with the crawler."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

ROOT = Path(__file__).resolve().parents[2]
QUIET = {**os.environ, "PYTHONWARNINGS": "ignore"}


def environment() -> Path | None:
    """The folder of the tools' environment, if it is there."""
    found = Path(os.environ.get("CRAWLER_REPLAY_VENV") or ROOT / ".venv-replay")
    return found if (found / "bin" / "wayback").exists() else None


def run(
    tools: Path, name: str, *arguments: str | Path, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one of the tools to its end."""
    command = [str(tools / "bin" / name), *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=QUIET, capture_output=True, text=True, timeout=300, check=False
    )


def closed(root: Path) -> list[Path]:
    """The WARC files of an archive that are not written any more."""
    return sorted((root / "warc").rglob("*.warc.gz"))


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it stands in a WARC file."""

    url: str
    stamp: str  #: 14 digits
    status: str
    payload: bytes | None  #: under its Content-Encoding; None of a revisit, whose body lies elsewhere
    digest: str


def kept(files: Sequence[Path]) -> Iterator[Kept]:
    """Every response and revisit of some files."""
    for file in files:
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type in {"response", "revisit"}:
                    told = record.rec_headers
                    stamp = "".join(sign for sign in told["WARC-Date"] if sign.isdigit())[:14]
                    body = record.raw_stream.read() if record.rec_type == "response" else None
                    yield Kept(
                        told["WARC-Target-URI"],
                        stamp,
                        record.http_headers.get_statuscode(),
                        body,
                        told["WARC-Payload-Digest"],
                    )


@dataclass(frozen=True, slots=True)
class Wayback:
    """A pywb that answers."""

    port: int

    def raw(self, url: str, stamp: str) -> tuple[int, dict[str, str], bytes]:
        """A capture as it was (``id_``): status, headers in lower case, body under its coding."""
        return self._get(f"/wires/{stamp}id_/{url}")

    def page(self, url: str, stamp: str) -> tuple[int, dict[str, str], bytes]:
        """A capture as a reader sees it: links rewritten."""
        return self._get(f"/wires/{stamp}mp_/{url}")

    def _get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request("GET", path, headers={"Accept-Encoding": "gzip, deflate, br"})
            answer = link.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, headers, answer.read()
        finally:
            link.close()


@contextmanager
def wayback(tools: Path, folder: Path, files: Sequence[Path], port: int = 0) -> Iterator[Wayback]:
    """pywb over some WARC files, in a folder of its own, on loopback."""
    for command in (("init", "wires"), ("add", "wires", *files)):
        done = run(tools, "wb-manager", *command, cwd=folder)
        assert done.returncode == 0, done.stderr
    port = port or _free_port()
    command = [str(tools / "bin" / "wayback"), "--bind", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=QUIET, stdout=log, stderr=log)
    try:
        _wait(process, port, folder / "log")
        yield Wayback(port)
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"pywb ended: {log.read_text()[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("pywb does not answer")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
