from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path

import pytest

from recplatform.demo.exceptions import PortInUseError, ProcessEndedError
from recplatform.demo.processes import HOST, Processes, answers, ended_by_signals, free_port, require_free


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(PortInUseError, match=rf"Port {port} .*--port {port + 1}"):
            require_free(port)


def test_a_free_port_is_free() -> None:
    require_free(free_port())


def test_nobody_answers_at_a_free_port() -> None:
    assert not answers(f"http://{HOST}:{free_port()}/health/ready")


def test_a_process_that_ends_is_reported_with_the_end_of_its_log(data_folder: Path, tmp_path: Path) -> None:
    processes = Processes()
    processes._start("web", ["no_such_module_here"], {})
    processes._children[0].process.wait()
    with pytest.raises(ProcessEndedError, match=r"(?s)web ended with code 1.*web\.log.*no_such_module_here"):
        processes.check()
    processes.stop()


def test_what_was_started_is_stopped(data_folder: Path) -> None:
    processes = Processes()
    processes._start("server", ["http.server", "--bind", HOST, str(free_port())], {})
    started = processes._children[0].process
    processes.check()
    processes.stop()
    assert started.returncode is not None
    assert (data_folder / "demo" / "server.log").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_end_the_demo_in_order(name: str) -> None:
    before = signal.getsignal(signal.Signals[name])
    with pytest.raises(KeyboardInterrupt), ended_by_signals():
        signal.raise_signal(signal.Signals[name])
    assert signal.getsignal(signal.Signals[name]) == before
