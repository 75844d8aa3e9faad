"""A key management service, from the guest's point of view, on Python's `ssl`: it demands evidence, and can be told to misbehave."""

import datetime
import hashlib
import ipaddress
import json
import socket
import ssl
import struct
import tempfile
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import attestations
import make_keys
from certificates import OWN, own_extension, own_extensions

IMAGE_HASH = make_keys.labelled("image that the KMS knows")
KEYS = make_keys.from_kms()
ROOT, TEMPORARY, SERVER = (
    make_keys.p256(make_keys.labelled(label))
    for label in ("root CA of the KMS", "temporary CA of the KMS", "TLS key of the KMS"))
OTHER, INTERMEDIATE = (make_keys.p256(make_keys.labelled(label)) for label in ("another root CA", "CA below the root CA"))


def spki(key) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


PROVIDER_ID = spki(ROOT.public_key())


class FakeKMS:
    """Serves on 127.0.0.1. `verifier` is dcap-qvl with the root of the guests that may call. `intermediate` is "issuer" if a CA below
    the root has issued the server's certificate, "shown" if that is only shown beside it."""

    def __init__(self, verifier, root=ROOT, usage="kms:rpc", alt_names=("127.0.0.1",), days=1, port=0, intermediate=None):
        self.verifier, self.root, self.intermediate = verifier, root, intermediate
        self.names = alt_names
        self.ca = make_keys.root_certificate(root, "Development KMS CA")
        # what it does instead of serving: nothing, or what the method below of that name does
        self.fault = None
        # raw answers to methods, in place of the real ones
        self.raw = {}
        # seconds before GetAppKey is answered
        self.delay = 0
        # lets one SignCert after another pass, unless it is None
        self.gate = None
        # the subjects of the certificates that were ordered
        self.ordered = []
        self.framing = "length"
        # the least size of an answer, in bytes
        self.size = 0
        # (method, attestation of the client or None)
        self.calls, self.problems = [], []
        # DER of the clients' certificates
        self.certificates = []
        self.connections = []
        # set when a complete request has arrived
        self.answering = threading.Event()
        self.closed = threading.Event()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(self.certificate(usage, alt_names, days))
            if intermediate:
                file.write(self.below)
            file.write(make_keys.pem(SERVER))
            file.flush()
            self.context.load_cert_chain(file.name)
        self.context.verify_mode = ssl.CERT_OPTIONAL
        self.context.load_verify_locations(cadata=make_keys.root_certificate(TEMPORARY, "Development KMS temporary CA"))
        self.port = port
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed.set()
        self.stop()
        assert self.problems == []

    def start(self):
        """Listens, on the same port every time."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def stop(self):
        """Stops accepting connections."""
        if self.thread.is_alive():
            self.listener.shutdown(socket.SHUT_RDWR)
            self.thread.join(10)
            self.listener.close()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def methods(self) -> list:
        return [method for method, _ in self.calls]

    @property
    def below(self) -> str:
        """A CA certificate issued by the root."""
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        builder = leaf(INTERMEDIATE.public_key(), "CA below", self.ca, now - day, now + day, is_ca=True)
        return builder.sign(self.root, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def certificate(self, usage, alt_names, days) -> str:
        """The server's certificate."""
        now = datetime.datetime.now(datetime.timezone.utc)
        names = [
            x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in alt_names]
        issuer, key = (self.below, INTERMEDIATE) if self.intermediate == "issuer" else (self.ca, self.root)
        builder = leaf(SERVER.public_key(), "kms", issuer, now - datetime.timedelta(days=2), now + datetime.timedelta(days=days))
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        if usage:
            builder = builder.add_extension(own(4, usage.encode()), False)
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    # Connections

    def accept(self):
        while not self.closed.is_set():
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            with connection:
                connection.settimeout(30)
                self.connections.append(self.fault)
                if self.fault in ("silent", "reset", "plain"):
                    return getattr(self, self.fault)(connection)
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    self.answer(tls)
        except (OSError, ssl.SSLError):
            pass  # a client that refuses the certificate hangs up
        except Exception as problem:
            self.problems.append(repr(problem))

    def silent(self, _):
        self.closed.wait()

    def reset(self, connection):
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def plain(self, connection):
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    def answer(self, tls):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = tls.recv(1)
            if not byte:
                return
            head += byte
        line, *fields = head.decode().rstrip().split("\r\n")
        fields = {name.lower(): value for name, value in (field.split(": ") for field in fields)}
        hosts = [f"{name}:{self.port}" for name in ("127.0.0.1", *self.names)]
        assert fields["host"] in hosts or fields["host"].startswith("kms.test:"), fields
        assert (fields["content-type"], fields["connection"]) == ("application/json", "close")
        body = b""
        while len(body) < int(fields["content-length"]):
            body += tls.recv(65536)
        verb, target, version = line.split(" ")
        assert (verb, version) == ("POST", "HTTP/1.1")
        assert target.startswith("/prpc/KMS.") and target.endswith("?json"), target
        method = target[len("/prpc/KMS."):-len("?json")]
        client = tls.getpeercert(binary_form=True)
        if client:
            self.certificates.append(client)
        attestation = self.check(x509.load_der_x509_certificate(client)) if client else None
        self.calls.append((method, attestation))
        self.answering.set()
        if self.fault == "mute":
            return self.closed.wait()
        if method == "GetAppKey":
            self.closed.wait(self.delay)
        if method in self.raw:
            return tls.sendall(self.raw[method])
        answer = getattr(self, method)(json.loads(body), attestation)
        self.send(tls, json.dumps(answer).encode().ljust(self.size))

    def send(self, tls, body: bytes):
        if self.framing == "length":
            tls.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        elif self.framing == "chunked":
            pieces = [body[:1], body[1:20], body[20:]]
            tls.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in pieces:
                tls.sendall(b"%x;ext=1\r\n" % len(piece) + piece + b"\r\n")
            tls.sendall(b"0\r\nTrailer: x\r\n\r\n")
        else:
            tls.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + body)
            tls.unwrap()

    def check(self, certificate) -> attestations.Attestation:
        """Checks the evidence of a client whose certificate TLS has already verified."""
        assert certificate.subject.rfc4514_string() == "CN=RA-TLS TEMP Cert"
        assert own_extensions(certificate) == [8]
        return self.verify(own_extension(certificate, 8), certificate.public_key())

    def verify(self, data: bytes, key) -> attestations.Attestation:
        attestation = attestations.decode(data)
        report = attestations.report(attestation.quote)
        assert self.verifier.status(attestation.quote) == "UpToDate"
        assert report.report_data == attestation.report_data == hashlib.sha512(b"ratls-cert:" + spki(key)).digest()
        assert attestations.replay(attestation.event_log, 3) == report.rt_mr3
        return attestation

    # Methods

    def GetTempCaCert(self, body, attestation) -> dict:
        assert (body, attestation) == (None, None)
        provider = KEYS["key_provider"]["Kms"]
        return {"temp_ca_cert": provider["tmp_ca_cert"], "temp_ca_key": provider["tmp_ca_key"], "ca_cert": self.ca}

    def GetAppKey(self, body, attestation) -> dict:
        assert set(body) == {"api_version", "vm_config"} and body["api_version"] == 1
        assert attestation.config == body["vm_config"]
        return self.app_key

    @property
    def app_key(self) -> dict:
        names = ("disk_crypt_key", "env_crypt_key", "k256_key", "k256_signature", "gateway_app_id")
        return {"ca_cert": self.ca, "os_image_hash": IMAGE_HASH.hex(), **{name: KEYS[name] for name in names}}

    def SignCert(self, body, attestation) -> dict:
        assert attestation is not None
        assert set(body) == {"api_version", "csr", "signature", "vm_config"} and body["api_version"] == 2
        request = SigningRequest(bytes.fromhex(body["csr"]), bytes.fromhex(body["signature"]))
        evidence = self.verify(request.attestation, request.key)
        self.ordered.append(request.subject)
        if self.gate:
            self.gate.acquire(timeout=20)
        app_id = dict((name, payload) for name, payload, _ in evidence.runtime_events)["app-id"]
        now = datetime.datetime.now(datetime.timezone.utc)
        time = lambda seconds, default: default if seconds is None else datetime.datetime.fromtimestamp(
            seconds, datetime.timezone.utc)
        builder = leaf(
            request.key, request.subject, self.ca, time(request.not_before, now - datetime.timedelta(days=1)),
            time(request.not_after, now + datetime.timedelta(days=10)))
        if request.alt_names:
            names = [x509.DNSName(name) for name in request.alt_names]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        purposes = [
            oid for oid, wanted in (
                (ExtendedKeyUsageOID.SERVER_AUTH, request.server_auth), (ExtendedKeyUsageOID.CLIENT_AUTH, request.client_auth))
            if wanted]
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), False)
        builder = builder.add_extension(own(3, app_id), False).add_extension(own(4, b"app:custom"), False)
        if request.ext_quote:
            builder = builder.add_extension(own(8, request.attestation), False)
        if request.ext_app_info:
            builder = builder.add_extension(own(9, b"\x98"), False)
        certificate = builder.sign(self.root, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
        return {"certificate_chain": [certificate, self.ca]}


class SigningRequest:
    """A signing request (version 2), parsed by hand; its signature is checked."""

    def __init__(self, data: bytes, signature: bytes):
        scale = attestations.Scale(data)
        assert scale.text() == "please sign cert:"
        self.key = load_der_public_key(scale.bytes())
        option = lambda read: read() if self.bool(scale) else None
        self.org_name = option(scale.text)
        self.subject = scale.text()
        self.alt_names = scale.vector(scale.text)
        self.server_auth, self.client_auth, self.ext_quote, self.ext_app_info = (self.bool(scale) for _ in range(4))
        self.not_before, self.not_after = (option(lambda: scale.integer(8)) for _ in range(2))
        self.attestation = data[scale.position:]
        self.key.verify(signature, data, ec.ECDSA(hashes.SHA256()))

    @staticmethod
    def bool(scale) -> bool:
        value = scale.integer(1)
        assert value in (0, 1)
        return bool(value)


def leaf(key, name, ca_pem, not_before, not_after, is_ca=False) -> x509.CertificateBuilder:
    ca = x509.load_pem_x509_certificate(ca_pem.encode())
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else []))
        .issuer_name(ca.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False))


def own(number: int, content: bytes) -> x509.UnrecognizedExtension:
    """One of the protocol's own extensions, with the content in an OCTET STRING."""
    size = len(content)
    length = bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2, "big") if size > 0xFF else bytes([0x81, size])
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{OWN}.{number}"), b"\x04" + length + content)
