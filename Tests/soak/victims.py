"""Callers whose answers are checked while the agent is under attack, each in its own process and as another user."""

import collections
import hashlib
import json
import multiprocessing
import os
import random
import time
import traceback

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import attestations
import oracle
import outward
import wire
from api import error_text
from certificates import own_extension

# A call that takes longer has failed. Longer than a quote that hangs, which is given up after 10 s.
PATIENCE = 15.0
LONG = 3.0
# Why evidence may be refused while quotes fail, hang or are in demand, and how the reason begins.
NO_QUOTE = {
    500: ("cannot get a quote from the kernel: ", "the quote is malformed", "the quote is too large", "a worker process died"),
    503: ("too many quotes are requested at present", "the quote was not ready in time"),
}
# Why an event may be refused while the register cannot be extended.
NO_EVENT = {500: ("cannot extend RTMR3: ",)}
PATHS = ["", "a", "soak/key", "größe"]


class Unexpected(Exception):
    """A wrong answer."""


def check(is_right: bool, *what):
    if not is_right:
        raise Unexpected(*what)


class Victim:
    """Makes one call after the other; `kinds` are the names of methods of this class."""

    def __init__(self, agent, verifier, kinds: list):
        self.agent, self.verifier, self.kinds = agent, verifier, kinds
        self.random = random.Random(0)
        self.kept = None
        # calls, and how many of them were refused for a known reason
        self.counts = {kind: [0, 0] for kind in kinds}
        self.emitted = 0
        # asked now, before any attack
        self.keys = {(path, algorithm): oracle.get_key(agent.app_keys, path, "", algorithm)
                     for path in PATHS for algorithm in ("secp256k1", "ed25519")}
        self.v1_keys = {path: self.ok("v1/GetKey", domain=path, algorithm="secp256k1") for path in PATHS[1:]}
        self.info = self.identify()

    # Asking

    def response(self, method: str, **fields) -> wire.Response:
        """Mostly on a kept connection, now and then on a new one."""
        if self.kept is None or self.random.random() < 0.2:
            if self.kept:
                self.kept.close()
            self.kept = wire.Wire(self.agent.socket, PATIENCE)
        self.kept.send(wire.request("POST", "/" + method, json.dumps(fields).encode(), wire.JSON_HEADER))
        try:
            response = self.kept.final()
        except BaseException:
            self.kept.close()
            self.kept = None
            raise
        if (response.header("Connection") or "").lower() == "close":
            self.kept.close()
            self.kept = None
        return response

    def answer(self, method: str, reasons: dict, **fields):
        """None if it is refused for one of these reasons."""
        response = self.response(method, **fields)
        if response.status == 200:
            return response.json()
        text = error_text(response.json())
        check(text.startswith(reasons.get(response.status, ())), method, response.status, text)
        return None

    def ok(self, method: str, **fields):
        return self.answer(method, {}, **fields)

    # The calls. False is a refusal for a known reason.

    def key(self):
        path, algorithm = self.random.choice(list(self.keys))
        check(self.ok("GetKey", path=path, algorithm=algorithm) == self.keys[path, algorithm], "another key")

    def v1_key(self):
        path = self.random.choice(PATHS[1:])
        check(self.ok("v1/GetKey", domain=path, algorithm="secp256k1") == self.v1_keys[path], "another key of v1")

    def signature(self):
        """Sometimes of much data, for which there must be room in memory."""
        data = self.random.randbytes(self.random.choice([1, 32, 400_000]))
        signed = self.ok("Sign", algorithm="ed25519", data=data.hex())
        check(signed == oracle.sign(self.agent.app_keys, "ed25519", data), "another signature")
        fields = {name: signed[name] for name in ("signature", "public_key")}
        check(self.ok("Verify", algorithm="ed25519", data=data.hex(), **fields) == {"valid": True}, "a signature that is not valid")

    def certificate(self):
        chain = self.ok("GetTlsKey", subject="soak")["certificate_chain"]
        leaf, root = (x509.load_pem_x509_certificate(pem.encode()) for pem in chain)
        leaf.verify_directly_issued_by(root)

    def identify(self) -> dict:
        # which changes with the events
        return {name: value for name, value in self.ok("v1/Info").items() if name != "mr_aggregated"}

    def identity(self):
        check(self.identify() == self.info, "another Info of v1")

    def verify(self, quote: bytes, report_data: bytes):
        check(self.verifier.status(quote) == "UpToDate", "a quote that does not verify")
        check(attestations.report(quote).report_data == report_data, "a quote over other data")

    def replays(self, quote: bytes, log: list):
        check(attestations.replay(log, 3) == attestations.registers(quote)[3], "a log that does not replay to the quote's RTMR3")

    def quote(self):
        data = self.random.randbytes(64)
        answer = self.answer("GetQuote", NO_QUOTE, report_data=data.hex())
        if answer is None:
            return False
        quote = bytes.fromhex(answer["quote"])
        self.verify(quote, data)
        # with a long log this takes a while
        if self.random.random() < 0.2:
            self.replays(quote, attestations.json_log(answer["event_log"]))
        return True

    def attestation(self):
        data = self.random.randbytes(64)
        answer = self.answer("Attest", NO_QUOTE, report_data=data.hex())
        if answer is None:
            return False
        attestation = attestations.decode(bytes.fromhex(answer["attestation"]))
        self.verify(attestation.quote, data)
        self.replays(attestation.quote, attestation.event_log)
        return True

    def proof(self):
        """A certificate for RA-TLS."""
        answer = self.answer("GetTlsKey", NO_QUOTE, usage_ra_tls=True)
        if answer is None:
            return False
        leaf = x509.load_pem_x509_certificate(answer["certificate_chain"][0].encode())
        key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        attestation = attestations.decode(own_extension(leaf, 8))
        self.verify(attestation.quote, hashlib.sha512(b"ratls-cert:" + key).digest())
        return True

    def event(self):
        is_there = self.response("EmitEvent", event=f"victim-{self.emitted}", payload="")
        if is_there.status != 200:
            text = error_text(is_there.json())
            check(text.startswith(NO_EVENT.get(is_there.status, ())), "EmitEvent", is_there.status, text)
            return False
        check(is_there.json() is None, is_there)
        self.emitted += 1
        return True

    def measurements(self):
        """Info of v0, with the whole log."""
        answer = json.loads(self.ok("Info")["tcb_info"])
        check(answer["compose_hash"] == self.info["compose_hash"], "another app")

    def page(self):
        target = self.random.choice(["/", "/metrics", "/prpc/Info", "/prpc/v1/Health", "/prpc/v1/Info", "/logs/short"])
        with outward.Stream(self.agent, target) as stream:
            stream.socket.settimeout(PATIENCE)
            page = stream.whole()
        # without an engine there is no log
        check(page.status == 200 or target.startswith("/logs") and page.status in (500, 502, 503, 504), target, page.status)
        check(page.is_whole, target, "cut short")

    # As a process

    def run(self, uid: int, container, seed: int, pipe):
        if container:
            (container / "cgroup.procs").write_text("0")
        self.random.seed(seed)
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        failures = collections.Counter()
        while not pipe.poll(0):
            kind = self.random.choice(self.kinds)
            self.counts[kind][0] += 1
            begin = time.monotonic()
            try:
                if getattr(self, kind)() is False:
                    self.counts[kind][1] += 1
            except Exception as failure:
                where = traceback.extract_tb(failure.__traceback__)[-1]
                took = time.monotonic() - begin
                failures[f"{kind}: {type(failure).__name__}: {str(failure)[:300]} ({os.path.basename(where.filename)}:{where.lineno})"
                         f"{', after a long time' if took > LONG else ''}"] += 1
            time.sleep(self.random.random() * 0.02)
        pipe.send((self.counts, self.emitted, failures))


class Process:
    """A victim that works until it is asked for its results."""

    def __init__(self, victim: Victim, uid: int, container, seed: int):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=victim.run, args=[uid, container, seed, theirs], daemon=True)
        self.victim = victim
        self.process.start()

    def end(self) -> dict:
        """Its failures, and how often each of them came."""
        self.pipe.send("end")
        if not self.pipe.poll(4 * PATIENCE):
            self.process.kill()
            return {"a victim does not end": 1}
        self.victim.counts, self.victim.emitted, failures = self.pipe.recv()
        self.victim.kept = None
        self.process.join()
        return failures
