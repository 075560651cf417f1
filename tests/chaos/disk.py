"""A small disk of the harness' own, which can be filled up without anybody else noticing.

It is a tmpfs in a mount namespace of this process and its children; where there are user namespaces that takes no
special rights.
"""

import ctypes
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

NEW_MOUNTS, NEW_USER = 0x0002_0000, 0x1000_0000
PRIVATE, RECURSIVE = 1 << 18, 1 << 14
DETACH = 2
CHUNK = 64 * 1024


@dataclass
class SmallDisk:
    """``place`` is where it is mounted."""

    place: Path

    @classmethod
    def mount(cls, megabytes: int) -> "SmallDisk | None":
        """None where the system does not allow it. Before there are threads or children."""
        if sys.platform != "linux":
            return None
        user, group = os.getuid(), os.getgid()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(NEW_MOUNTS if user == 0 else NEW_MOUNTS | NEW_USER):
            return None
        if user:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        place = Path(tempfile.mkdtemp(prefix="chaos-disk-"))
        options = f"size={megabytes}m,mode=755".encode()
        if libc.mount(b"none", b"/", None, RECURSIVE | PRIVATE, None):
            return None
        if libc.mount(b"tmpfs", str(place).encode(), b"tmpfs", 0, options):
            return None
        return cls(place)

    def fill(self) -> None:
        """Not a block is left."""
        with self._filler.open("ab", buffering=0) as filler:
            for size in (CHUNK, 512, 1):
                while self._takes(filler.fileno(), size):
                    pass

    def empty(self) -> None:
        self._filler.unlink(missing_ok=True)

    @property
    def is_full(self) -> bool:
        return self._filler.exists()

    @property
    def _filler(self) -> Path:
        return self.place / "filler"

    def unmount(self) -> None:
        """It is gone, with all that was on it, when nobody uses it any more."""
        ctypes.CDLL(None).umount2(str(self.place).encode(), DETACH)
        self.place.rmdir()

    @staticmethod
    def _takes(descriptor: int, size: int) -> bool:
        try:
            return os.write(descriptor, bytes(size)) == size
        except OSError:
            return False
