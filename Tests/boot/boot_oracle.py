#!/usr/bin/env python3
"""Works out the events of a measured startup from the host-shared files, with hashlib and json alone.

    boot_oracle.py DIR          the events of the files in DIR, as `boot --dry-run` prints them
    boot_oracle.py --golden     writes golden.json, which the unit tests read
"""

import hashlib
import json
import pathlib
import struct
import sys

EVENT_TYPE = 0x08000001
GOLDEN = pathlib.Path(__file__).with_name("golden.json")


def sha256(data):
    return hashlib.sha256(data).digest()


def digest(name, payload, version):
    if version == 2:
        # RFC 8785 sorts members by name, and these names are ASCII
        document = {"name": name, "payload": payload.hex(), "type": EVENT_TYPE}
        preimage = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    else:
        preimage = struct.pack("<I", EVENT_TYPE) + b":" + name.encode() + b":" + payload
    return hashlib.sha384(preimage).digest()


def provider_of(compose):
    if compose.get("key_provider") is not None:
        return compose["key_provider"]
    if compose.get("kms_enabled"):
        return "kms"
    return "local" if compose.get("local_key_provider_enabled") else "none"


def events(compose_file, info, vm_config):
    """Pairs of name and payload; a payload is None if only the boot determines it."""
    compose = json.loads(compose_file)
    compose_hash = sha256(compose_file)
    provider = provider_of(compose)
    app_id = bytes.fromhex(info.get("app_id", "")) or compose_hash[:20]
    seed = b"" if provider == "none" else bytes.fromhex(info.get("instance_id_seed", ""))
    if compose.get("no_instance_id"):
        instance_id = b""
    else:
        instance_id = sha256(seed + app_id)[:20] if seed else None
    scripts = compose.get("init_script") or []
    scripts = [scripts] if isinstance(scripts, str) else scripts
    pin = compose.get("key_provider_id") or ""
    if provider == "none":
        provider_id = ""
    else:
        provider_id = pin or None

    out = [("system-preparing", b""), ("app-id", app_id), ("compose-hash", compose_hash)]
    out += [("init-script-hash", sha256(script.encode())) for script in scripts]
    policy = (compose.get("requirements") or {}).get("gpu_policy", {})
    # RFC 8785, as its names are ASCII and its values flags
    canonical = json.dumps(policy, sort_keys=True, separators=(",", ":")).encode()
    out += [("gpu-policy-hash", sha256(canonical)), ("instance-id", instance_id), ("boot-mr-done", b"")]
    if provider == "kms":
        out.append(("os-image-hash", bytes.fromhex(json.loads(vm_config or "{}").get("os_image_hash", "")) or None))
    name = {"none": "none", "local": "local-sgx", "kms": "kms", "tpm": "tpm"}[provider]
    known = provider_id is not None
    out.append(("key-provider", f'{{"name":"{name}","id":"{provider_id}"}}'.encode() if known else None))
    out.append(("system-ready", b""))
    return out, compose.get("event_log_version", 1)


def report(compose_file, info, vm_config):
    """The lines of `boot --dry-run`, without the reasons for what is unknown."""
    found, version = events(compose_file, info, vm_config)
    register = bytes(48)
    lines = []
    for name, payload in found:
        value = None if payload is None else digest(name, payload, version)
        register = None if register is None or value is None else hashlib.sha384(register + value).digest()
        lines.append({"event": name, "payload": None if payload is None else payload.hex(),
                      "digest": value and value.hex()})
    lines.append({"rtmr3": register and register.hex()})
    return lines


APP_ID = "3327603e03f5bd1f830812ca4a789277fc31f577"
SEED = "000102030405060708090a0b0c0d0e0f10111213"
IMAGE = "64f0d1545cd510a8dfed7ad609d105b5d41f0cb2afcfdda8867ede00c88add7a"
PIN = "3059301306072a8648ce3d020106082a8648ce3d03010703420004" + "5a" * 64

# title, app-compose (text, so that white space and order count), instance info, vm_config
CASES = [
    ("least", '{"manifest_version":1,"name":"","runner":""}', {}, ""),
    ("no instance", '{"manifest_version":2,"name":"a","runner":"none","key_provider":"none","no_instance_id":true}', {}, ""),
    ("version 2", '{"manifest_version":2,"name":"a","runner":"none","no_instance_id":true,"event_log_version":2}', {}, ""),
    ("seed of no use", '{"manifest_version":2,"name":"a","runner":"none"}', {"instance_id_seed": SEED}, ""),
    ("own app id", '{"manifest_version":2,"name":"a","runner":"none","no_instance_id":true}', {"app_id": APP_ID}, ""),
    ("white space",
     ' {\n\t"name" : "caf\u00e9 \u2603" , "manifest_version" : " 3\\n", "runner":"bash", "no_instance_id":true }\r\n', {}, ""),
    ("one script",
     '{"manifest_version":"2","name":"a","runner":"none","no_instance_id":true,"init_script":"echo \\u00e9\\n"}', {}, ""),
    ("five scripts",
     '{"manifest_version":"3","name":"a","runner":"none","no_instance_id":true,"init_script":["","a","b","a","\\ud83d\\ude00"]}',
     {}, ""),
    ("no scripts", '{"manifest_version":2,"name":"a","runner":"none","no_instance_id":true,"init_script":[]}', {}, ""),
    ("scripts in version 2",
     '{"manifest_version":2,"name":"a","runner":"none","no_instance_id":true,"event_log_version":2,"init_script":["x"]}',
     {}, ""),
    ("requirements",
     '{"manifest_version":"3","name":"a","runner":"none","no_instance_id":true,'
     '"requirements":{"gpu_policy":{ },"platforms":["dstack-tdx"]}}', {}, ""),
    ("policy for GPUs",
     '{"manifest_version":"3","name":"a","runner":"none","no_instance_id":true,"requirements":{"gpu_policy":'
     '{"attest_gpu" : true, "allow_insecure_boot":false,"allow_devtools":true,"allow_debug":false}}}', {}, ""),
    ("one member of a policy",
     '{"manifest_version":"3","name":"a","runner":"none","no_instance_id":true,'
     '"requirements":{"gpu_policy":{"attest_gpu":true}}}', {}, ""),
    ("kms, all known", '{"manifest_version":2,"name":"a","runner":"none","key_provider":"kms","key_provider_id":"%s"}' % PIN,
     {"app_id": APP_ID, "instance_id_seed": SEED}, '{"os_image_hash":"%s","cpu_count":1}' % IMAGE),
    ("kms, not pinned", '{"manifest_version":2,"name":"a","runner":"none","kms_enabled":true,"no_instance_id":true}', {},
     '{"os_image_hash":"%s"}' % IMAGE),
    ("kms, image unknown",
     '{"manifest_version":2,"name":"a","runner":"none","kms_enabled":true,"no_instance_id":true,"key_provider_id":"%s"}' % PIN,
     {}, "{}"),
    ("kms, new instance", '{"manifest_version":2,"name":"a","runner":"none","key_provider":"kms","key_provider_id":"%s"}' % PIN,
     {}, '{"os_image_hash":"%s"}' % IMAGE),
    ("kms over local",
     '{"manifest_version":2,"name":"a","runner":"none","kms_enabled":true,"local_key_provider_enabled":true,'
     '"key_provider_id":"00ff"}',
     {"instance_id_seed": SEED}, '{"os_image_hash":"%s"}' % IMAGE),
    ("none over kms",
     '{"manifest_version":2,"name":"a","runner":"none","kms_enabled":true,"key_provider":"none","no_instance_id":true}', {}, ""),
    ("null for none",
     '{"manifest_version":2,"name":"a","runner":"none","key_provider":null,"no_instance_id":true,"init_script":null}', {}, ""),
]


def golden():
    cases = []
    for title, compose, info, vm_config in CASES:
        lines = report(compose.encode(), info, vm_config)
        cases.append({"title": title, "compose": compose, "info": json.dumps(info), "vm_config": vm_config, "lines": lines})
    GOLDEN.write_text(json.dumps(cases, indent=1) + "\n")


def main(arguments):
    if arguments == ["--golden"]:
        return golden()
    directory = pathlib.Path(arguments[0])
    read = lambda name: json.loads((directory / name).read_text()) if (directory / name).exists() else {}
    vm_config = read(".sys-config.json").get("vm_config", "")
    for line in report((directory / "app-compose.json").read_bytes(), read(".instance_info"), vm_config):
        print(json.dumps(line, separators=(",", ":")))


if __name__ == "__main__":
    main(sys.argv[1:])
