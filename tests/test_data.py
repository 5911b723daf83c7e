"""Every way in which CIFAR-10 can fail to arrive, with real files, sockets and processes; and the rest."""

import contextlib
import hashlib
import http.server
import io
import os
import pickle
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import textwrap
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from dcv import data, downloads, drawn

REAL_DATA = os.environ.get("DCV_DATA", "")
SMALL_BATCH = 20  # images in each file of the fake archive, instead of 10,000


# --- fixtures ---------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _closed_world(monkeypatch, tmp_path):
    """No address but 127.0.0.1, nobody's own cache or proxy, and a temporary folder that can be inspected."""
    real_connect, real_getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def connect(self, address):
        assert self.family == socket.AF_UNIX or address[0] == "127.0.0.1", f"a test reached out to {address}"
        return real_connect(self, address)

    def getaddrinfo(host, *args, **kwargs):
        assert host == "127.0.0.1", f"a test looked up {host}"
        return real_getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for name in ("DCV_DATA", "DCV_OFFLINE", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("DCV_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(downloads, "MIRRORS", ("http://127.0.0.1:1/nobody-listens",))


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def assert_clean(tmp_path):
    """Check that nothing temporary or half-written is left, and that the cache holds what it should."""

    def check(*, kept=()):
        assert list((tmp_path / "tmp").iterdir()) == []
        folder = tmp_path / "cache"
        assert sorted(path.name for path in folder.rglob("*")) == sorted(kept)

    return check


def arrays_of(dataset):
    return dataset[2:]


def small_arrays():
    rng = np.random.default_rng(7)
    return (
        rng.integers(0, 256, (5 * SMALL_BATCH, 32, 32, 3), dtype=np.uint8),
        np.arange(5 * SMALL_BATCH) % 10,
        rng.integers(0, 256, (SMALL_BATCH, 32, 32, 3), dtype=np.uint8),
        np.arange(SMALL_BATCH) % 10,
    )


class OldPickler(pickle.Pickler):
    """Spells arrays as NumPy did under Python 2, when CIFAR-10 was written."""

    def reducer_override(self, value):
        if isinstance(value, np.ndarray):
            empty = (np.ndarray, (0,), b"b")
            return (
                np._core.multiarray._reconstruct,
                empty,
                (1, value.shape, value.dtype, False, value.tobytes()),
            )
        if isinstance(value, np.dtype):
            return np.dtype, ("u1", 0, 1), (3, "|", None, None, None, -1, -1, 0)
        return NotImplemented


def pack(members):
    """A tar.gz with the given pickles, as bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in members.items():
            buffer = io.BytesIO()
            OldPickler(buffer, protocol=2).dump(content)
            pickled = buffer.getvalue().replace(b"cnumpy._core.", b"cnumpy.core.")
            header = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            header.size = len(pickled)
            archive.addfile(header, io.BytesIO(pickled))
    return packed.getvalue()


@pytest.fixture
def archive(monkeypatch):
    """The bytes of a small archive whose checksum and size the module takes for the real ones."""
    train_images, train_labels, test_images, test_labels = small_arrays()
    rows = np.concatenate([train_images, test_images]).transpose(0, 3, 1, 2).reshape(6, SMALL_BATCH, 3072)
    labels = np.concatenate([train_labels, test_labels]).reshape(6, SMALL_BATCH)
    batches = zip((*downloads.TRAIN_BATCHES, downloads.TEST_BATCH), rows, labels, strict=True)
    members = {name: {b"data": pixels, b"labels": some.tolist()} for name, pixels, some in batches}
    # In the published archive, too, the batches are not in order, and there are other files.
    content = pack({"batches.meta": {b"label_names": []}, **dict(reversed(members.items()))})
    monkeypatch.setattr(downloads, "BATCH_SIZE", SMALL_BATCH)
    monkeypatch.setattr(downloads, "ARCHIVE_SHA256", hashlib.sha256(content).hexdigest())
    return content


def save_npz(path, arrays=None, **changes):
    arrays = dict(zip(downloads.ARRAY_NAMES, arrays or small_arrays(), strict=True)) | changes
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})


class FaultyServer:
    """A web server on 127.0.0.1; the path of the address chooses what goes wrong."""

    def __init__(self, content):
        self.requests, self.asked, self.closing = [], threading.Event(), threading.Event()
        self.wake_up, self.cut_off = threading.Event(), threading.Event()
        self.together = threading.Barrier(2, timeout=20)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                fault = self.path.strip("/")
                outer.requests.append(fault)
                outer.asked.set()
                first = outer.requests.count(fault) == 1
                # A client that has given up closes the connection, which is what these tests want.
                with contextlib.suppress(OSError):
                    getattr(outer, fault)(self, first)

        self.content = content
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.block_on_close = True, False
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, fault):
        return f"http://127.0.0.1:{self.server.server_port}/{fault}"

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def _begin(self, handler, length=None):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(self.content) if length is None else length))
        handler.end_headers()

    def good(self, handler, first):
        self._begin(handler)
        handler.wfile.write(self.content)

    def good_for_two(self, handler, first):
        self.together.wait()  # neither client gets a byte before both have asked
        self.good(handler, first)

    def truncated(self, handler, first):
        self._begin(handler)
        handler.wfile.write(self.content[: len(self.content) // 2])

    def truncated_once(self, handler, first):
        (self.truncated if first else self.good)(handler, first)

    def wrong(self, handler, first):
        page = b"<html>Please log in to the campus network</html>"
        self._begin(handler, len(page))
        handler.wfile.write(page)

    def missing(self, handler, first):
        handler.send_error(404)

    def broken(self, handler, first):
        handler.send_error(500)

    def silent(self, handler, first):
        self.closing.wait(20)

    def headers_only(self, handler, first):
        self._begin(handler)
        self.closing.wait(20)

    def stops_midway(self, handler, first):
        self._begin(handler)
        handler.wfile.write(self.content[: len(self.content) // 2])
        self.closing.wait(20)

    def trickling_headers(self, handler, first):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self._trickle(handler, b"x" * 100)

    def trickling_body(self, handler, first):
        self._begin(handler)
        self._trickle(handler, self.content[:100])

    def wakes_up_late(self, handler, first):
        """Answer when the client has long gone on, with far more than anybody wants."""
        self._begin(handler, 2**30)
        self.wake_up.wait(20)
        try:
            for _ in range(2**10):
                handler.wfile.write(bytes(2**16))
        except OSError:
            self.cut_off.set()

    def wakes_the_other_up(self, handler, first):
        """Be good, but let the other server go on in the middle of it."""
        half = len(self.content) // 2
        self._begin(handler)
        handler.wfile.write(self.content[:half])
        self.wake_up.set()
        self.cut_off.wait(0.5)
        handler.wfile.write(self.content[half:])

    def _trickle(self, handler, content):
        for position in range(len(content)):
            handler.wfile.write(content[position : position + 1])
            if self.closing.wait(0.2):
                return


@pytest.fixture
def server(archive):
    faulty = FaultyServer(archive)
    yield faulty
    faulty.close()


@pytest.fixture
def mirrors(server, monkeypatch):
    """Choose what each mirror does wrong."""

    def choose(*faults):
        monkeypatch.setattr(downloads, "MIRRORS", tuple(server.url(fault) for fault in faults))

    return choose


def assert_is_small_cifar10(dataset):
    assert dataset.name == "CIFAR-10"
    for found, expected in zip(arrays_of(dataset), small_arrays(), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert dataset.train_images.dtype == np.uint8
    assert dataset.train_labels.dtype == dataset.test_labels.dtype == np.int64


# --- the way it should go ---------------------------------------------------------------------------------


def test_a_download_is_converted_kept_and_not_repeated(mirrors, server, cache, assert_clean, capfd):
    mirrors("good")
    dataset = data.load_cifar10()
    assert_is_small_cifar10(dataset)
    assert dataset.train_images.flags.c_contiguous
    assert_clean(kept=["cifar10.npz"])
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "127.0.0.1" in printed.err  # the progress bar names the host

    assert_is_small_cifar10(data.load_cifar10())
    assert server.requests == ["good"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_the_cache_is_readable_by_others_where_the_umask_says_so(mirrors, cache):
    mirrors("good")
    data.load_cifar10()
    umask = os.umask(0)
    os.umask(umask)
    assert (cache / "cifar10.npz").stat().st_mode & 0o777 == 0o666 & ~umask


def test_dcv_data_comes_before_the_cache(monkeypatch, tmp_path, archive, cache):
    save_npz(cache / "cifar10.npz", x_train=np.zeros_like(small_arrays()[0]))
    save_npz(tmp_path / "mine" / "cifar10.npz")
    monkeypatch.setenv("DCV_DATA", str(tmp_path / "mine"))
    assert_is_small_cifar10(data.load_cifar10())


@pytest.mark.parametrize("place", ["DCV_DATA", "cache"])
def test_an_archive_from_the_browser_is_used_and_left_in_place(monkeypatch, tmp_path, archive, cache, place):
    folder = cache if place == "cache" else tmp_path / "mine"
    folder.mkdir()
    (folder / "cifar-10-python.tar.gz").write_bytes(archive)
    if place == "DCV_DATA":
        monkeypatch.setenv("DCV_DATA", str(folder))
    monkeypatch.setenv("DCV_OFFLINE", "1")
    assert_is_small_cifar10(data.load_cifar10())
    assert (folder / "cifar-10-python.tar.gz").read_bytes() == archive
    with np.load(cache / "cifar10.npz", allow_pickle=False) as kept:
        assert kept["x_train"].shape == (100, 32, 32, 3)


def test_the_cache_is_where_the_system_keeps_caches(monkeypatch):
    monkeypatch.delenv("DCV_CACHE")
    assert downloads.cache_folder().parts[-1] == "deep-computer-vision"


# --- hosts that fail --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "reason", "requests"),
    [
        ("truncated", "IncompleteRead", 2),  # broke off midway: worth a second attempt
        ("wrong", "SHA-256", 1),
        ("missing", "404", 1),
        ("broken", "500", 1),
    ],
)
def test_a_fault_is_named_and_the_next_mirror_tried(mirrors, server, assert_clean, fault, reason, requests):
    mirrors(fault)
    with pytest.raises(data.DataUnavailableError) as failure:
        data.load_cifar10()
    source, found = failure.value.tried[-1]
    assert source == server.url(fault)
    assert reason in found
    assert server.requests == [fault] * requests
    assert_clean()

    mirrors(fault, "good")
    assert_is_small_cifar10(data.load_cifar10())
    assert_clean(kept=["cifar10.npz"])


def test_a_transfer_that_breaks_off_gets_a_second_attempt(mirrors, server, assert_clean):
    mirrors("truncated_once")
    assert_is_small_cifar10(data.load_cifar10())
    assert server.requests == ["truncated_once"] * 2
    assert_clean(kept=["cifar10.npz"])


def test_a_refused_port_is_named_at_once(monkeypatch, assert_clean):
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    monkeypatch.setattr(downloads, "MIRRORS", (f"http://127.0.0.1:{port}/x",))
    started = time.monotonic()
    with pytest.raises(data.DataUnavailableError, match="ConnectionError"):
        data.load_cifar10()
    assert time.monotonic() - started < 3
    assert_clean()


@pytest.mark.parametrize(
    "fault", ["silent", "headers_only", "stops_midway", "trickling_headers", "trickling_body"]
)
def test_a_host_that_hangs_is_given_up(monkeypatch, mirrors, server, assert_clean, fault):
    monkeypatch.setattr(downloads, "STALL_SECONDS", 0.6)
    mirrors(fault, "good")
    started = time.monotonic()
    assert_is_small_cifar10(data.load_cifar10())
    assert time.monotonic() - started < 4
    assert server.requests == [fault, "good"]
    assert_clean(kept=["cifar10.npz"])


def test_a_transfer_that_was_given_up_stops_and_spoils_nothing(monkeypatch, mirrors, server, assert_clean):
    monkeypatch.setattr(downloads, "STALL_SECONDS", 0.6)
    mirrors("wakes_up_late", "wakes_the_other_up")
    assert_is_small_cifar10(data.load_cifar10())
    assert server.cut_off.is_set()
    assert_clean(kept=["cifar10.npz"])


def test_three_dead_mirrors_cost_at_most_fifteen_seconds_by_construction():
    # The closed world of these tests has emptied the list, so ask a fresh interpreter for the real one.
    script = "from dcv import downloads as d; print(len(d.MIRRORS), d.STALL_SECONDS)"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    mirror_count, stall_seconds = answer.stdout.split()
    slack = 0.2  # the watch looks every tenth of a second
    assert int(mirror_count) * (float(stall_seconds) + slack) <= 15


@pytest.mark.slow
def test_three_dead_mirrors_cost_less_than_fifteen_seconds_on_the_clock(mirrors, assert_clean):
    mirrors("silent", "stops_midway", "trickling_headers")
    started = time.monotonic()
    with pytest.raises(data.DataUnavailableError, match="no answer, or less than 25 kB a second"):
        data.load_cifar10()
    assert time.monotonic() - started < 15
    assert_clean()


def test_offline_never_opens_a_connection(monkeypatch, mirrors, server, assert_clean):
    mirrors("good")
    monkeypatch.setenv("DCV_OFFLINE", "1")
    with pytest.raises(data.DataUnavailableError, match="DCV_OFFLINE is set"):
        data.load_cifar10()
    assert server.requests == []
    assert_clean()

    monkeypatch.setenv("DCV_OFFLINE", "0")
    assert_is_small_cifar10(data.load_cifar10())


def test_the_error_names_every_source_and_three_ways_out(monkeypatch, mirrors, tmp_path, cache):
    monkeypatch.setenv("DCV_DATA", str(tmp_path / "mine"))
    mirrors("missing", "broken")
    with pytest.raises(data.DataUnavailableError) as failure:
        data.load_cifar10()
    message = str(failure.value)
    for folder in (tmp_path / "mine", cache):
        for name in ("cifar10.npz", "cifar-10-python.tar.gz"):
            assert f"{folder / name}: no such file" in message
    for way_out in (
        *downloads.MIRRORS,
        "404",
        "500",
        "  1. ",
        "DCV_DATA",
        "  2. ",
        "  3. ",
        "load_shapes10()",
    ):
        assert way_out in message
    assert isinstance(failure.value, RuntimeError)


def test_nothing_is_unpickled_before_the_checksum_has_matched(mirrors, server, tmp_path, assert_clean):
    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "attacked"),)

    server.content = pack({"data_batch_1": Attack()})
    mirrors("good")
    with pytest.raises(data.DataUnavailableError, match="SHA-256"):
        data.load_cifar10()
    assert not (tmp_path / "attacked").exists()
    assert_clean()


# --- files that fail --------------------------------------------------------------------------------------


def damage(path, kind):
    """Put a damaged cifar10.npz in place."""
    train_images, train_labels, _, _ = small_arrays()
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "garbage":
        path.write_bytes(b"<html>not found</html>" * 50)
    elif kind == "truncated zip":
        save_npz(path)
        path.write_bytes(path.read_bytes()[:-5000])
    elif kind == "flipped bit":
        save_npz(path)
        content = bytearray(path.read_bytes())
        content[5000] ^= 1
        path.write_bytes(content)
    elif kind == "a single array":
        with path.open("wb") as file:
            np.save(file, train_images)
    elif kind == "pickled objects":
        save_npz(path, y_train=np.array([{}] * len(train_labels), dtype=object))
    else:
        changes = {
            "missing array": {"y_test": None},
            "channels first": {"x_train": train_images.transpose(0, 3, 1, 2)},
            "too few images": {"x_train": train_images[1:]},
            "float images": {"x_train": train_images / 255},
            "column of labels": {"y_train": train_labels[:, np.newaxis]},
            "float labels": {"y_train": train_labels / 1},
            "label too large": {"y_train": train_labels + 1},
        }
        save_npz(path, **changes[kind])


DAMAGE = {
    "empty": "No data left",
    "garbage": "pickled",
    "truncated zip": "not a zip file",
    "flipped bit": "CRC",
    "a single array": "context manager",
    "pickled objects": "allow_pickle",
    "missing array": "y_test",
    "channels first": "expected x_train (100, 32, 32, 3) uint8, got (100, 3, 32, 32)",
    "too few images": "got (99, 32, 32, 3)",
    "float images": "float64",
    "column of labels": "expected y_train (100,) integer, got (100, 1)",
    "float labels": "expected y_train (100,) integer, got (100,) float64",
    "label too large": "expected y_train in [0, 9], got [1, 10]",
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_is_named_passed_over_and_replaced(
    monkeypatch, mirrors, tmp_path, cache, assert_clean, kind
):
    mine = tmp_path / "mine" / "cifar10.npz"
    damage(mine, kind)
    before = mine.read_bytes()
    damage(cache / "cifar10.npz", kind)
    monkeypatch.setenv("DCV_DATA", str(mine.parent))
    mirrors("good")
    with pytest.warns(UserWarning, match="is left out") as caught:
        dataset = data.load_cifar10()
    assert_is_small_cifar10(dataset)
    messages = [str(warning.message) for warning in caught]
    assert [
        message.startswith(f"{path} ")
        for message, path in zip(messages, (mine, cache / "cifar10.npz"), strict=True)
    ] == [True, True]
    assert all(DAMAGE[kind] in message for message in messages)
    assert mine.read_bytes() == before  # not ours to change
    assert_clean(kept=["cifar10.npz"])

    monkeypatch.delenv("DCV_DATA")
    monkeypatch.setenv("DCV_OFFLINE", "1")
    assert_is_small_cifar10(data.load_cifar10())


def test_the_warning_points_to_the_line_that_asked_for_the_data(mirrors, cache):
    damage(cache / "cifar10.npz", "garbage")
    mirrors("good")
    with pytest.warns(UserWarning, match="is left out") as caught:
        data.load_cifar10()
    assert caught[0].filename == __file__


def test_a_damaged_archive_is_named_and_passed_over(mirrors, archive, cache, server):
    cache.mkdir()
    (cache / "cifar-10-python.tar.gz").write_bytes(archive[:-100])
    mirrors("good")
    with pytest.warns(UserWarning, match=r"cifar-10-python\.tar\.gz.*SHA-256"):
        assert_is_small_cifar10(data.load_cifar10())


def test_a_cache_that_cannot_be_written_costs_a_warning_only(monkeypatch, mirrors, tmp_path):
    # Permissions do not stop the superuser, but nobody can make a folder inside a file.
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DCV_CACHE", str(tmp_path / "file" / "cache"))
    mirrors("good")
    with pytest.warns(UserWarning, match="Set DCV_CACHE to a folder that you may write to"):
        assert_is_small_cifar10(data.load_cifar10())
    assert (tmp_path / "file").read_text() == "in the way"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_full_disk_leaves_nothing_half_written(monkeypatch, mirrors, assert_clean):
    def full(path, **arrays):
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    mirrors("good")
    with pytest.warns(UserWarning, match="No space left"):
        assert_is_small_cifar10(data.load_cifar10())
    assert_clean()


def test_an_interrupt_while_writing_leaves_the_old_file_or_none(monkeypatch, mirrors, cache, assert_clean):
    def interrupted(path, **arrays):
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    damage(cache / "cifar10.npz", "garbage")
    before = (cache / "cifar10.npz").read_bytes()
    monkeypatch.setattr(np, "savez", interrupted)
    mirrors("good")
    with pytest.raises(KeyboardInterrupt), pytest.warns(UserWarning, match="is left out"):
        data.load_cifar10()
    assert (cache / "cifar10.npz").read_bytes() == before
    assert_clean(kept=["cifar10.npz"])


# --- real processes ---------------------------------------------------------------------------------------


def start_loading(server, fault):
    """Another interpreter that loads CIFAR-10 from our server."""
    # A shell makes what it starts in the background deaf to SIGINT, and children inherit that.
    script = f"""
        import signal
        from dcv import data, downloads
        signal.signal(signal.SIGINT, signal.default_int_handler)
        downloads.MIRRORS = ({server.url(fault)!r},)
        downloads.BATCH_SIZE = {SMALL_BATCH}
        downloads.ARCHIVE_SHA256 = {downloads.ARCHIVE_SHA256!r}
        print(int(data.load_cifar10().train_images.sum()))
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_at_once_both_succeed_and_leave_a_whole_file(server, cache, assert_clean):
    processes = [start_loading(server, "good_for_two") for _ in range(2)]
    answers = [process.communicate(timeout=40) for process in processes]
    expected = str(int(small_arrays()[0].sum()))
    assert [answer[0].strip() for answer in answers] == [expected, expected], answers
    assert server.requests == ["good_for_two"] * 2
    assert_clean(kept=["cifar10.npz"])
    np.testing.assert_array_equal(downloads.read_npz(cache / "cifar10.npz")[0], small_arrays()[0])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT between processes")
def test_an_interrupt_during_the_download_leaves_nothing(server, assert_clean):
    process = start_loading(server, "stops_midway")
    assert server.asked.wait(30)
    time.sleep(0.5)  # the first bytes are on the disk by now
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode != 0
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert_clean()


def test_importing_loads_nothing_heavy():
    script = "import sys, dcv.data; print([m for m in sys.argv[1:] if m in sys.modules])"
    heavy = ["tensorflow", "keras", "matplotlib", "skimage", "pooch", "requests"]
    answer = subprocess.run(
        [sys.executable, "-c", script, *heavy], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


# --- load_images and the real data ------------------------------------------------------------------------


def test_load_images_prefers_cifar10_and_says_nothing(mirrors, capsys):
    mirrors("good")
    assert_is_small_cifar10(data.load_images())
    assert capsys.readouterr().out == ""


def test_load_images_goes_on_with_shapes_and_says_so(monkeypatch, capsys):
    monkeypatch.setenv("DCV_OFFLINE", "1")
    small = data.load_shapes10(20, 10)
    monkeypatch.setattr(data, "load_shapes10", lambda: small)
    assert data.load_images() is small
    notice = capsys.readouterr().out
    assert len(notice.splitlines()) == 3
    for part in ("CIFAR-10 could not be obtained", "DCV_OFFLINE is set", "Shapes-10", "differ from the text"):
        assert part in notice


@pytest.mark.skipif(
    not REAL_DATA, reason="THE REAL CIFAR-10 IS NOT TESTED: set DCV_DATA to the folder of cifar10.npz"
)
def test_the_real_cifar10(monkeypatch):
    monkeypatch.setenv("DCV_DATA", REAL_DATA)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = data.load_cifar10()
    assert dataset.train_images.shape == (50_000, 32, 32, 3)
    assert dataset.test_images.shape == (10_000, 32, 32, 3)
    assert np.bincount(dataset.train_labels).tolist() == [5000] * 10
    assert np.bincount(dataset.test_labels).tolist() == [1000] * 10
    assert dataset.train_images.dtype == np.uint8
    assert [dataset.class_names[label] for label in dataset.train_labels[:5]] == [
        "frog", "truck", "truck", "deer", "automobile",
    ]  # fmt: skip


def test_the_classes_are_in_the_published_order():
    expected = "airplane automobile bird cat deer dog frog horse ship truck"
    assert " ".join(data.CIFAR10_CLASSES) == expected


# --- Shapes-10 --------------------------------------------------------------------------------------------


def test_shapes10_has_the_format_of_cifar10():
    dataset = data.load_shapes10(200, 50)
    assert dataset.name == "Shapes-10"
    assert len(set(dataset.class_names)) == 10
    assert dataset.train_images.shape == (200, 32, 32, 3)
    assert dataset.test_images.shape == (50, 32, 32, 3)
    assert dataset.train_images.dtype == np.uint8
    assert dataset.train_labels.dtype == np.int64
    assert np.bincount(dataset.train_labels).tolist() == [20] * 10
    assert np.bincount(dataset.test_labels).tolist() == [5] * 10
    assert dataset.train_images.min() < 20
    assert dataset.train_images.max() > 235


def test_shapes10_is_the_same_on_every_machine():
    images, labels = drawn.draw_shapes(100)
    assert (
        hashlib.sha256(images.tobytes()).hexdigest()
        == "57d6f15ce99422331f4229d8f9d0aff07fd990781ae7894d012ccd62bda740a1"
    )
    assert labels[:10].tolist() == [2, 6, 0, 5, 3, 6, 4, 2, 2, 0]


def test_shapes10_never_repeats_an_image_between_training_and_test_or_seeds():
    first, second = data.load_shapes10(100, 100), data.load_shapes10(100, 100, seed=1)
    images = np.concatenate([first.train_images, first.test_images, second.train_images, second.test_images])
    assert len(np.unique(images.reshape(400, -1), axis=0)) == 400
    again = data.load_shapes10(100, 100)
    np.testing.assert_array_equal(first.train_images, again.train_images)


@pytest.mark.parametrize("count", [0, 1, drawn.CHUNK, drawn.CHUNK + 1])
def test_shapes10_counts_are_met_around_the_chunks(count):
    images, labels = drawn.draw_shapes(count)
    assert images.shape == (count, 32, 32, 3)
    assert labels.shape == (count,)


@pytest.mark.parametrize("name", drawn.SHAPES)
def test_a_shape_fills_the_unit_circle_and_does_not_leave_it(name):
    y, x = np.mgrid[-1.5:1.5:301j, -1.5:1.5:301j].astype(np.float32)
    distance = drawn.SHAPES[name](x, y)
    farthest = np.sqrt(x * x + y * y)[distance < 0].max()
    assert 0.8 < farthest <= 1
    # One unit of distance is at most one unit of length: otherwise edges would come out jagged.
    steps = np.abs(np.diff(distance, axis=0)).max(), np.abs(np.diff(distance, axis=1)).max()
    assert max(steps) <= 0.0105


def test_shapes_are_told_apart_by_their_outline():
    y, x = np.mgrid[-1:1:101j, -1:1:101j].astype(np.float32)
    inside = np.array([shape(x, y) < 0 for shape in drawn.SHAPES.values()]).reshape(10, -1)
    for i in range(10):
        for j in range(i):
            common, either = (inside[i] & inside[j]).sum(), (inside[i] | inside[j]).sum()
            assert common / either < 0.9, (i, j)


@pytest.mark.parametrize("counts", [(-1, 10), (10, -1)])
def test_shapes10_rejects_negative_counts(counts):
    with pytest.raises(ValueError, match="0 or more, got -1"):
        data.load_shapes10(*counts)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Keras and TensorFlow have their own
def test_a_convnet_learns_shapes10_much_better_than_a_dense_network():
    import keras

    from dcv.models import baseline_convnet, dense_network

    dataset = data.load_shapes10(3000, 1000)
    accuracies = []
    for model in (dense_network((32, 32, 3), 10, units=(256, 128)), baseline_convnet()):
        keras.utils.set_random_seed(0)
        model = keras.models.clone_model(model)  # so that the seed also decides the weights
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss=loss, metrics=["accuracy"])
        model.fit(dataset.train_images / np.float32(255), dataset.train_labels, epochs=4, verbose=0)
        scores = model.evaluate(dataset.test_images / np.float32(255), dataset.test_labels, verbose=0)
        accuracies.append(scores[1])
    dense, convolutional = accuracies
    assert dense + 0.2 < convolutional, accuracies
    assert convolutional > 0.5


# --- eyes and crosses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("half", ["left", "right"])
def test_eyes_and_crosses_stay_in_their_half(half):
    images, labels = data.make_eyes_and_crosses(200, half=half)
    assert images.shape == (200, 32, 32, 1)
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 1
    assert np.bincount(labels).tolist() == [100, 100]
    drawn_pixels = (images < 0.34) | (images > 0.66)  # outside the range of the noise
    other = drawn_pixels[:, :, 16:] if half == "left" else drawn_pixels[:, :, :16]
    assert not other.any()
    assert drawn_pixels.any(axis=(1, 2, 3)).all()
    columns = np.flatnonzero(drawn_pixels.any(axis=(0, 1, 3)))
    assert columns[-1] - columns[0] >= 13  # they do move about
    # Only an eye has a pupil.
    np.testing.assert_array_equal((images < 0.2).any(axis=(1, 2, 3)), labels == 1)


def test_eyes_and_crosses_repeat_with_the_seed_and_differ_between_halves():
    left, _ = data.make_eyes_and_crosses(10, half="left", seed=3)
    again, _ = data.make_eyes_and_crosses(10, half="left", seed=3)
    right, _ = data.make_eyes_and_crosses(10, half="right", seed=3)
    np.testing.assert_array_equal(left, again)
    assert not np.isclose(left, right).mean() > 0.1


def test_eyes_are_not_given_away_by_their_mean_brightness():
    images, labels = data.make_eyes_and_crosses(1000)
    means = images.mean(axis=(1, 2, 3))
    assert abs(means[labels == 1].mean() - means[labels == 0].mean()) < 0.01


def test_eyes_and_crosses_reject_other_halves():
    with pytest.raises(ValueError, match="got 'top'"):
        data.make_eyes_and_crosses(10, half="top")
    with pytest.raises(ValueError, match="got -2"):
        data.make_eyes_and_crosses(-2)


# --- photographs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", data.SAMPLE_IMAGES)
def test_every_sample_image_ships_with_scikit_image(name):
    photograph = data.sample_image(name)
    assert photograph.dtype == np.uint8
    assert photograph.ndim == 3
    assert photograph.shape[2] == 3
    assert data.sample_image(name, size=24).shape == (24, 24, 3)
    assert data.sample_image(name, size=(20, 30), gray=True).shape == (20, 30)


def test_gray_weighs_the_channels_by_luma():
    photograph = data.sample_image("chelsea").astype(float)
    expected = 0.299 * photograph[..., 0] + 0.587 * photograph[..., 1] + 0.114 * photograph[..., 2]
    gray = data.sample_image("chelsea", gray=True)
    assert gray.dtype == np.uint8
    assert np.abs(gray - expected).max() <= 0.5 + 1e-9


def test_an_int_size_cuts_the_central_square_out_and_a_pair_does_not():
    photograph = data.sample_image("chelsea")  # (300, 451)
    np.testing.assert_array_equal(data.sample_image("chelsea", size=300), photograph[:, 75:375])
    squeezed = data.sample_image("chelsea", size=(300, 300)).astype(int)
    assert np.abs(squeezed - photograph[:, 75:375]).mean() > 10


def test_resizing_smooths():
    # Each pixel of the small image must be near the mean of the block that it stands for.
    photograph = data.sample_image("astronaut", gray=True).astype(float)  # (512, 512)
    block_means = photograph.reshape(32, 16, 32, 16).mean(axis=(1, 3))
    small = data.sample_image("astronaut", size=32, gray=True)
    assert np.abs(small - block_means).mean() < 8
    assert np.abs(photograph[8::16, 8::16] - block_means).mean() > 12


def test_sample_image_rejects_what_it_cannot_do():
    with pytest.raises(ValueError, match=r"expected one of chelsea, .*got 'dog'"):
        data.sample_image("dog")
    for size in (0, (10, 0), (10, 10, 3)):
        with pytest.raises(ValueError, match="expected size as a positive int"):
            data.sample_image("chelsea", size=size)


# --- splits -----------------------------------------------------------------------------------------------


def labelled(counts):
    """Images that carry their own number, and unevenly many labels of each class."""
    labels = np.repeat(np.arange(len(counts)), counts)
    return np.arange(len(labels)).reshape(-1, 1, 1, 1), labels


def test_a_split_shares_out_every_image_once_and_every_class_alike():
    images, labels = labelled([100, 50, 20])
    train_images, train_labels, validation_images, validation_labels = data.split_validation(
        images, labels, fraction=0.1
    )
    assert np.bincount(validation_labels).tolist() == [10, 5, 2]
    assert np.bincount(train_labels).tolist() == [90, 45, 18]
    numbers = np.concatenate([train_images, validation_images]).ravel()
    assert sorted(numbers) == list(range(170))
    np.testing.assert_array_equal(labels[train_images.ravel()], train_labels)
    np.testing.assert_array_equal(labels[validation_images.ravel()], validation_labels)
    assert not (np.diff(train_labels) >= 0).all()  # shuffled


def test_a_split_repeats_with_the_seed():
    images, labels = labelled([100, 100])
    first, again, other = (data.split_validation(images, labels, seed=seed)[2] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert set(first.ravel()) != set(other.ravel())


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5])
def test_a_split_rejects_impossible_fractions(fraction):
    with pytest.raises(ValueError, match="between 0 and 1"):
        data.split_validation(*labelled([10, 10]), fraction=fraction)


def test_a_balanced_subset_has_equally_many_of_each_class_and_repeats_none():
    images, labels = labelled([100, 50, 20])
    few_images, few_labels = data.balanced_subset(images, labels, 60)
    assert np.bincount(few_labels).tolist() == [20, 20, 20]
    assert len(set(few_images.ravel())) == 60
    np.testing.assert_array_equal(labels[few_images.ravel()], few_labels)
    assert not (np.diff(few_labels) >= 0).all()
    again, _ = data.balanced_subset(images, labels, 60)
    other, _ = data.balanced_subset(images, labels, 60, seed=1)
    np.testing.assert_array_equal(few_images, again)
    assert not np.array_equal(few_images, other)


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (50, "multiple of the 3 classes, got 50"),
        (0, "got 0"),
        (-3, "got -3"),
        (63, "at most 20 images of each class"),
    ],
)
def test_a_balanced_subset_rejects_impossible_counts(count, message):
    with pytest.raises(ValueError, match=message):
        data.balanced_subset(*labelled([100, 50, 20]), count)


@pytest.mark.parametrize("function", [data.split_validation, lambda *pair: data.balanced_subset(*pair, 10)])
def test_splits_reject_labels_that_do_not_fit(function):
    with pytest.raises(ValueError, match=r"a label for each of the 10 images, got labels \(9,\)"):
        function(np.zeros((10, 2, 2, 3)), np.zeros(9, int))
    with pytest.raises(ValueError, match=r"got labels \(10, 1\)"):
        function(np.zeros((10, 2, 2, 3)), np.zeros((10, 1), int))


# --- weights ----------------------------------------------------------------------------------------------


def test_the_shipped_weights_are_those_of_the_baseline():
    weights = data.pretrained_weights("baseline_convnet")
    assert weights["conv1/kernel"].shape == (3, 3, 3, 32)
    assert weights["logits/bias"].shape == (10,)
    assert {array.dtype.name for array in weights.values()} == {"float32"}
    assert sum(array.size for array in weights.values()) == 122_570


def test_unknown_weights_are_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"expected one of .*baseline_convnet.*, got '\.\./secret'"):
        data.pretrained_weights("../secret")
