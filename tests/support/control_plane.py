"""A real Kubernetes API server for tests: etcd, kube-apiserver and kube-controller-manager on loopback ports.

No kubelet and no scheduler: pods are stored and never run. The programs come from the folder that
KUBEBUILDER_ASSETS names, as with controller-runtime's envtest.
"""

import json
import os
import random
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.certificates import Authority, service_account_key

READY_WITHIN_S = 60
ENDS_WITHIN_S = 5
CONTROLLERS = "garbagecollector,namespace,serviceaccount,serviceaccount-token,root-ca-cert-publisher"


class ControlPlane:
    """
    The three programs, their certificates and a kubeconfig; a context manager.

    Args:
        folder: A folder of its own for data, logs and certificates.
        assets: Where the programs are.
    """

    def __init__(self, folder: Path, assets: Path) -> None:
        self.folder = folder
        self.assets = assets
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.kubeconfig = folder / "kubeconfig"
        self._authority = Authority(folder / "pki")
        self._service_account = service_account_key(folder / "pki")
        self._processes: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Self:
        """Start everything and wait until the API server says that it is ready."""
        try:
            self._start_server()
            self._wait()
            self._start_controllers()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what was started."""
        self._stop()

    def ssl_context(self) -> ssl.SSLContext:
        """Give the administrator's client certificate, for a client in this process."""
        context = ssl.create_default_context(cafile=str(self.folder / "pki" / "ca.crt"))
        context.load_cert_chain(self.folder / "pki" / "admin.crt", self.folder / "pki" / "admin.key")
        return context

    def _start_server(self) -> None:
        authority = self._authority
        etcd, peer = f"https://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
        etcd_cert, etcd_key = authority.issue("etcd", server=True)
        client_cert, client_key = authority.issue("etcd-client")
        server_cert, server_key = authority.issue("kube-apiserver", server=True)
        sa_public, sa_private = self._service_account
        self._write_kubeconfig(self.kubeconfig, *authority.issue("admin", organization="system:masters"))
        self._spawn(
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            f"--cert-file={etcd_cert}", f"--key-file={etcd_key}",
            f"--trusted-ca-file={authority.certificate}", "--client-cert-auth",
            "--logger=zap", "--log-level=warn",
        )  # fmt: skip
        self._spawn(
            "kube-apiserver",
            "--bind-address=127.0.0.1", f"--secure-port={self.port}", "--advertise-address=127.0.0.1",
            # It may not publish a loopback address as the endpoint of the "kubernetes" service.
            "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.0.0.0/24",
            f"--etcd-servers={etcd}", f"--etcd-cafile={authority.certificate}",
            f"--etcd-certfile={client_cert}", f"--etcd-keyfile={client_key}",
            f"--tls-cert-file={server_cert}", f"--tls-private-key-file={server_key}",
            f"--client-ca-file={authority.certificate}", "--authorization-mode=RBAC",
            f"--service-account-key-file={sa_public}", f"--service-account-signing-key-file={sa_private}",
            "--service-account-issuer=https://kubernetes.default.svc",
        )  # fmt: skip

    def _start_controllers(self) -> None:
        manager = self.folder / "controller-manager.kubeconfig"
        self._write_kubeconfig(manager, *self._authority.issue("system:kube-controller-manager"))
        self._spawn(
            "kube-controller-manager",
            f"--kubeconfig={manager}", f"--controllers={CONTROLLERS}",
            # Without own credentials RBAC forbids what the garbage collector and the namespace controller do.
            "--use-service-account-credentials=true",
            "--port=0", "--secure-port=0", "--leader-elect=false",
            f"--service-account-private-key-file={self._service_account[1]}",
            f"--root-ca-file={self._authority.certificate}",
        )  # fmt: skip

    def _spawn(self, name: str, *arguments: str) -> None:
        program = self.assets / name
        # setpriv ends a child with its parent, so that a killed pytest leaves nothing behind.
        keeper = [setpriv, "--pdeathsig", "KILL"] if (setpriv := shutil.which("setpriv")) else []
        with self._log(name).open("wb") as log:
            # An own session: Ctrl-C reaches pytest alone, which then ends these in order.
            process = subprocess.Popen(
                [*keeper, str(program), *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._processes.append((name, process))

    def _wait(self) -> None:
        context = self.ssl_context()
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._ready(context):
            for name, process in self._processes:
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended with status {process.returncode}\n{self._tail(name)}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"not ready after {READY_WITHIN_S} s\n{self._tail('kube-apiserver')}")
            time.sleep(0.1)

    def _ready(self, context: ssl.SSLContext) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", context=context, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:  # refused while it starts, 403 or 500 until it is complete
            return False

    def _stop(self) -> None:
        for _, process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:  # the API server waits a minute for open watches
                process.kill()
                process.wait()
        self._processes.clear()

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _tail(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").splitlines()
        return "\n".join(lines[-30:])

    def _write_kubeconfig(self, path: Path, certificate: Path, key: Path) -> None:
        path.touch(mode=0o600)
        cluster = {"server": self.url, "certificate-authority": str(self._authority.certificate)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": "default"}}],
            "users": [{"name": "test", "user": {"client-certificate": str(certificate), "client-key": str(key)}}],
        }
        path.write_text(json.dumps(config, indent=1))


def assets_folder() -> Path | None:
    """Give the folder that KUBEBUILDER_ASSETS names when the API server is in it."""
    named = os.environ.get("KUBEBUILDER_ASSETS", "")
    return Path(named) if named and (Path(named) / "kube-apiserver").is_file() else None


def free_port() -> int:
    """Pick a loopback port below the range that the kernel hands out for outgoing connections."""
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
