"""The walls around a process: bubblewrap outside, namespaces and limits for each fork inside.

`command` starts a Python program that sees the system's libraries and its own packages, read-only, and
nothing else: no network, no home folder, no other processes. `enclose` then puts a fork of that program into
a room of its own, in which it may run a submission.
"""

import contextlib
import ctypes
import os
import resource
import shutil
import signal
import site
import subprocess
import sys
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
INSIDE = Path("/opt/grader")  # where this package is found inside

#: What the dynamic linker, TensorFlow and time zones need of the system.
SYSTEM = (
    "/usr",
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
)
FIRST_USER = 60_001  # forks of root become users of their own, from this number on

# From <sched.h>, <sys/mount.h>, <sys/prctl.h>.
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x08000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CAPABILITY_VERSION_3 = 0x20080522


class SandboxError(Exception):
    """The sandbox cannot be had on this machine; the message says why."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    memory : int
        MiB, of all its processes together, besides what Python and Keras themselves take.
    processes : int
        At a time.
    files : int
        MiB that it may write; they lie in memory.
    cell, total : float
        Seconds for one cell, and for everything.
    notebook : int
        MiB of the file that was handed in.
    """

    memory: int = 2048
    processes: int = 32
    files: int = 64
    cell: float = 30.0
    total: float = 300.0
    notebook: int = 20

    def as_dict(self):
        """Return the limits by name, for JSON."""
        return asdict(self)


def command(module, *arguments, variables=()):
    """Return the command that runs one of this package's modules behind bubblewrap.

    Parameters
    ----------
    module : str
        For example ``dcv_grader.zygote``.
    *arguments : str
        For the module.
    variables : dict
        Environment variables that it gets; it gets no others.
    """
    options = ["--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net", "--unshare-ipc"]
    options += ["--unshare-uts", "--unshare-cgroup-try", "--clearenv", "--hostname", "grader"]
    if os.getuid() != 0:
        # Gives the zygote what it needs to make rooms, inside this namespace only. Root has it anyway.
        options += ["--unshare-user", "--cap-add", "ALL"]
    options += ["--tmpfs", "/", "--proc", "/proc", "--dev", "/dev"]
    seen = set()
    for source, target in _readable():
        for parent in reversed(Path(target).parents):
            if str(parent) not in seen and str(parent) != "/":
                # bubblewrap would make it for root alone.
                options += ["--perms", "0755", "--dir", str(parent)]
                seen.add(str(parent))
        if source in SYSTEM and os.path.islink(source):  # such as /lib, which leads to usr/lib
            options += ["--symlink", os.readlink(source), target]
        else:
            options += ["--ro-bind-try", source, target]
    options += ["--perms", "1777", "--tmpfs", "/tmp", "--chdir", "/tmp"]  # each fork gets one of its own
    options += ["--remount-ro", "/dev", "--remount-ro", "/"]
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(INSIDE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        **dict(variables),
    }
    for name, value in environment.items():
        options += ["--setenv", name, value]
    return ["bwrap", *options, "--", sys.executable, "-P", "-m", module, *arguments]


def _readable():
    """Return what the program may read, as pairs of a path outside and a path inside."""
    folders = [path for path in SYSTEM if os.path.lexists(path)]
    folders += {sys.prefix, sys.base_prefix, *site.getsitepackages(), sysconfig.get_path("purelib")}
    folders += [str(Path(sys.executable).resolve().parents[1])]
    inside_others = [
        path
        for path in folders
        if any(path != other and Path(path).is_relative_to(other) for other in folders)
    ]
    found = [(path, path) for path in dict.fromkeys(folders) if path not in inside_others]
    return [*found, (str(PACKAGE), str(INSIDE / PACKAGE.name))]


def check_available():
    """Raise SandboxError, with the reason, unless bubblewrap works here."""
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        raise SandboxError("bubblewrap is missing (on Debian or Ubuntu: apt install bubblewrap)")
    if any(Path(prefix).is_relative_to("/tmp") for prefix in (sys.prefix, sys.base_prefix)):
        raise SandboxError(f"submissions get a /tmp of their own, and Python lies there: {sys.prefix}")
    found = subprocess.run(
        command("dcv_grader.sandbox"), capture_output=True, text=True, check=False, timeout=120
    )
    if found.returncode != 0 or "enclosed" not in found.stdout:
        reason = (found.stderr or found.stdout).strip().splitlines()
        raise SandboxError(
            "bubblewrap is there and cannot make a sandbox: " + (reason[-1] if reason else "no reason given")
        )


def enclose(limits, slot, is_sandboxed=True):
    """Put this process into a room of its own; to be called in a fork, before it runs a submission.

    The process becomes the first of new process, file, message and network namespaces: when it dies,
    everything that it started dies. It gets an own /tmp, and loses every privilege.

    Parameters
    ----------
    limits : Limits
    slot : int
        A number that no other fork has at the moment; as root it chooses the user.
    is_sandboxed : bool
        False sets only the limits.
    """
    if is_sandboxed:
        size = f"size={limits.files}m,nr_inodes=10000,mode=1777".encode()
        _mount(None, "/", None, MS_REC | MS_PRIVATE)
        _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
        for folder in ("/tmp", "/dev/shm"):
            _mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, size)
    os.umask(0o077)
    _set_limits(limits)
    if is_sandboxed:
        os.chdir("/tmp")
        _drop_privileges(slot)
        # Set again, since a change of user clears it.
        _libc("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")


def leave_namespaces():
    """Make the next fork the first process of new namespaces; it must call `enclose`."""
    # A network of its own, too: two submissions that are graded side by side must not talk.
    _libc("unshare", CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET)


def hide_memory():
    """Let no other process read this one's memory or open files."""
    _libc("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def _set_limits(limits):
    mebibyte = 1 << 20
    size, _, _, _, _, data, *_ = (int(pages) for pages in Path("/proc/self/statm").read_text().split())
    page = resource.getpagesize()
    threads = 8 * limits.processes + 8 * (os.cpu_count() or 1)  # NPROC counts threads
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(limits.total * (os.cpu_count() or 1)) + 1,
        resource.RLIMIT_DATA: data * page + limits.memory * mebibyte,
        resource.RLIMIT_AS: size * page + (limits.memory + 8192) * mebibyte,
        resource.RLIMIT_FSIZE: limits.files * mebibyte,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_NPROC: threads,
    }
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _drop_privileges(slot):
    if os.getuid() == 0:
        user = FIRST_USER + slot
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _libc("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _libc("capset", header, (ctypes.c_uint32 * 6)())


def _mount(source, target, kind, flags, data=None):
    encoded = [text.encode() if text is not None else None for text in (source, target, kind)]
    _libc("mount", *encoded, ctypes.c_ulong(flags), data)


def _libc(name, *arguments):
    """Call a function of the C library; raise OSError if it fails."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def main():
    """Try, inside bubblewrap, whether a fork can be enclosed."""
    leave_namespaces()
    child = os.fork()
    if child == 0:
        enclose(Limits(), 0)
        import numpy  # noqa: F401  (that it can be read is part of the question)

        print("enclosed", flush=True)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
