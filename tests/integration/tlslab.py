"""Certificates and TLS servers for tests: an authority, servers' and clients' certificates, good and bad, made
with openssl; an echo server whose every TLS setting a test can choose."""
import os
import socket
import ssl
import subprocess
import threading

CONFIG = """[ca]
default_ca = here
[here]
dir = {folder}
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


class Authority:
    def __init__(self, folder, name="brink test authority"):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        with open(self.path("index"), "w"), open(self.path("serial"), "w") as serial:
            serial.write("01\n")
        with open(self.path("config"), "w") as config:
            config.write(CONFIG.format(folder=self.folder))
        self.certificate, key = self.path("ca.pem"), self.path("ca.key")
        self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        self.openssl("req", "-x509", "-new", "-key", key, "-subj", "/CN=" + name, "-days", "30",
                     "-addext", "basicConstraints=critical,CA:TRUE",
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", self.certificate)

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def openssl(*words):
        result = subprocess.run(("openssl",) + words, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr

    def issue(self, name, alternative=None, begin=None, end=None, usage="serverAuth", rsa=0):
        """Returns (certificate, key) as paths; begin and end are "20240501000000Z"."""
        key, request = self.path(name + ".key"), self.path(name + ".csr")
        certificate, extensions = self.path(name + ".pem"), self.path(name + ".ext")
        if rsa:
            self.openssl("genrsa", "-out", key, str(rsa))
        else:
            self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        self.openssl("req", "-new", "-key", key, "-subj", "/CN=" + name, "-out", request)
        with open(extensions, "w") as file:
            file.write("basicConstraints=CA:FALSE\nextendedKeyUsage=" + usage + "\n")
            if alternative:
                file.write("subjectAltName=" + alternative + "\n")
        dates = ["-startdate", begin] if begin else []
        dates += ["-enddate", end] if end else ["-days", "20"]
        self.openssl("ca", "-batch", "-config", self.path("config"), "-cert", self.certificate,
                     "-keyfile", self.path("ca.key"), "-notext", "-in", request,
                     "-extfile", extensions, "-out", certificate, *dates)
        return certificate, key


class EchoServer:
    """Echoes over TLS. counts: full and resumed handshakes, and what failed."""

    def __init__(self, pair, port, client_ca=None, version=None, address="0.0.0.0"):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*pair)
        if version is not None:
            self.context.set_ciphers("DEFAULT:@SECLEVEL=0")
            self.context.minimum_version = version
            self.context.maximum_version = version
        if client_ca:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(client_ca)
        self.full = self.resumed = 0
        self.failures, self.versions, self.peers = [], [], []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.socket.listen(16)
        self.socket.settimeout(0.2)
        self.is_open = True
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while self.is_open:
            try:
                connection, _ = self.socket.accept()
            except TimeoutError:
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(20)
        try:
            with self.context.wrap_socket(connection, server_side=True) as tls:
                self.resumed += tls.session_reused
                self.full += not tls.session_reused
                self.versions.append(tls.version())
                self.peers.append(tls.getpeercert())
                while data := tls.recv(16384):
                    tls.sendall(data)
        except OSError as error:
            self.failures.append(str(error))
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_open = False
        self.thread.join()
        self.socket.close()
