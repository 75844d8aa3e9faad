#!/usr/bin/env python3
"""Speed of the endpoints over a Unix socket, beside the bare cryptography of each, and memory under many requests.

    bench.py BINARY
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from running import Crypto, Running, favour_measuring, on_processors, others

CONNECTIONS = 16
# Rounds of a program's requests, which alternate with those of the programs that it is compared with. Many short ones: the best counts,
# and other work on the machine leaves some of them undisturbed.
ROUNDS, ROUND = 300, 600
MANY = 100_000
GROWTH = 64  # KiB of resident memory that many requests may add

DATA = "07" * 32
# The arguments that the methods of v1 are measured with.
LIKE = {"v1 GetKey-secp256k1": "GetKey-secp256k1", "v1 GetKey-ed25519": "GetKey-ed25519", "v1 IssueCert": "GetTlsKey"}
TLS = {"subject": "localhost", "alt_names": ["localhost", "127.0.0.1"], "usage_server_auth": True}


def call(agent, method, message):
    output = subprocess.run(
        ["curl", "--silent", "--fail", "--unix-socket", agent.socket, "--json", json.dumps(message), f"http://agent/{method}"],
        check=True, capture_output=True, text=True)
    return json.loads(output.stdout)


def requests(agent):
    """Name, method, message and count of each row."""
    yield "Version", "Version", {}, 20000
    for algorithm in ("secp256k1", "ed25519"):
        yield f"GetKey-{algorithm}", "GetKey", {"path": "a", "algorithm": algorithm}, 5000
    for algorithm in ("secp256k1", "ed25519"):
        message = {"algorithm": algorithm, "data": DATA}
        yield f"Sign-{algorithm}", "Sign", message, 5000
        signed = call(agent, "Sign", message)
        yield f"Verify-{algorithm}", "Verify", message | {key: signed[key] for key in ("signature", "public_key")}, 5000
    yield "GetTlsKey", "GetTlsKey", TLS, 1000
    for algorithm in ("secp256k1", "ed25519"):
        yield f"v1 GetKey-{algorithm}", "v1/GetKey", {"domain": "a", "algorithm": algorithm}, 5000
    yield "v1 IssueCert", "v1/IssueCert", TLS, 1000


def compare(agent):
    """Version beside programs that answer with the same text and do nothing else, asked by the client of the table, and by one that only
    reads and writes. Where the scheduler puts client and server would matter more than the programs, so both are pinned. One processor
    measures the work of both, and two measure the busier one, or with one connection how fast they wake each other."""
    print("\nVersion, requests/s at best, in rounds that take turns, client and server kept on processors:")
    first, *more = sorted(os.sched_getaffinity(0))
    places = [(first, "one processor"), *[(other, "a processor each") for other in more[:1]]]
    cases = [(connections, processor, place) for connections in (1, CONNECTIONS) for processor, place in places]
    with tempfile.TemporaryDirectory(prefix="measure-") as folder, others(folder, agent.answer()) as (sockets, processes):
        for client, title in (("beside", "the table's client"), ("least", "a client that only reads and writes")):
            print(f"  {title}:")
            for connections, processor, place in cases:
                with on_processors([agent.pid, *processes], first, processor):
                    mine, theirs = agent.beside(client, ROUNDS, ROUND, connections, sockets)
                rows = [f"{name} {rate:,.0f} (ratio {mine / rate:.2f})" for name, rate in theirs.items()]
                print(f"{connections:>4} connection{'s' if connections > 1 else ''}, {place}: agent {mine:,.0f}, {', '.join(rows)}")


def disturbed(agent):
    """An app's calls while the process for strangers is killed again and again, beside the same calls undisturbed."""
    loads = {"in peace": agent.load(MANY, 1, "GetKey", {"path": "a"})}
    with agent.without_front() as killed:
        loads["without a front"] = agent.load(MANY, 1, "GetKey", {"path": "a"})
    calm = loads["in peace"]
    print(f"\nGetKey while the front is killed, {len(set(killed))} times:")
    for name, load in loads.items():
        print(f"{name:<16} median {load.median:,.0f} us, 99 % {load.percentile99:,.0f} us (ratio {load.percentile99 / calm.percentile99:.2f}), "
              f"longest {load.longest:,.0f} us (ratio {load.longest / calm.longest:.2f})")


def ratio(value, other):
    return f"{value / other:.2f}" if other else ""


def number(value):
    return f"{value:,.0f}" if value else ""


def main(binary):
    bare, reference = Crypto(reference=False).times(), Crypto(reference=True).times()
    columns = "{:<20}{:>9}{:>8}{:>8}{:>12}{:>8}{:>8}{:>8}{:>7}{:>11}{:>7}"
    print(f"""Microseconds. One keep-alive connection; {CONNECTIONS} of them; the bare cryptography in a separate process with
the same libraries, and one connection's median as a multiple of it; the reference, which is the same cryptography by
Debian's libsecp256k1, libsodium and OpenSSL, and the bare cryptography as a multiple of that.
""")
    print(columns.format("", "1: req/s", "median", "99 %", f"{CONNECTIONS}: req/s", "median", "99 %", "bare", "ratio",
                         "reference", "ratio"))
    medians = {}
    with Running(binary) as agent:
        for name, method, message, count in requests(agent):
            one, many = (agent.load(count, connections, method, message) for connections in (1, CONNECTIONS))
            medians[name] = one.median
            mine, other = bare.get(name), reference.get(name)
            print(columns.format(
                name, number(one.rate), number(one.median), number(one.percentile99),
                number(many.rate), number(many.median), number(many.percentile99),
                number(mine), ratio(one.median, mine), number(other), ratio(mine, other) if mine else ""))

        compare(agent)
        disturbed(agent)
        before = agent.resident()[0]
        agent.load(MANY // 2, 1, "Version", {})
        agent.load(MANY // 2, CONNECTIONS, "GetKey", {"path": "a"})
        after = agent.resident()[0]
        with agent.held(64):
            busy = agent.resident()[0]
        agent.stop()
        first, plain = agent.first_response(10, 25)
    print()
    for name, other in LIKE.items():
        print(f"{name}: {ratio(medians[name], medians[other])} of {other}")
    print(f"\nresident memory: {before} KiB, after {MANY:,} more requests {after} KiB, with 64 connections {busy} KiB")
    print(f"exec to first answer: {first} us (ratio to the bare C loop {first / plain:.1f}), binary {binary.stat().st_size:,} bytes")
    if after > before + GROWTH:
        sys.exit(f"bench: memory grows by more than {GROWTH} KiB")


if __name__ == "__main__":
    favour_measuring()
    main(pathlib.Path(sys.argv[1]).resolve())
