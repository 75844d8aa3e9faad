"""The protobuf messages of the listeners, built at run time from one table: no protoc needed."""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

# name: (tag, type[, "repeated" or "optional"])
_TABLE = {
    "GetTlsKeyArgs": {
        "subject": (1, "string"),
        "alt_names": (2, "string", "repeated"),
        "usage_ra_tls": (3, "bool"),
        "usage_server_auth": (4, "bool"),
        "usage_client_auth": (5, "bool"),
        "not_before": (6, "uint64", "optional"),
        "not_after": (7, "uint64", "optional"),
        "with_app_info": (8, "bool"),
    },
    "GetTlsKeyResponse": {"key": (1, "string"), "certificate_chain": (2, "string", "repeated")},
    "GetKeyArgs": {"path": (1, "string"), "purpose": (2, "string"), "algorithm": (3, "string")},
    "GetKeyResponse": {"key": (1, "bytes"), "signature_chain": (2, "bytes", "repeated")},
    "SignRequest": {"algorithm": (1, "string"), "data": (2, "bytes")},
    "SignResponse": {"signature": (1, "bytes"), "signature_chain": (2, "bytes", "repeated"), "public_key": (3, "bytes")},
    "VerifyRequest": {"algorithm": (1, "string"), "data": (2, "bytes"), "signature": (3, "bytes"), "public_key": (4, "bytes")},
    "VerifyResponse": {"valid": (1, "bool")},
    "WorkerVersion": {"version": (1, "string"), "rev": (2, "string")},
    "GpuDevice": {
        "index": (1, "uint32"),
        "uuid": (2, "string"),
        "pci_bus_id": (3, "string"),
        "errors": (11, "string", "repeated"),
    },
    "GpuInfoResponse": {
        "gpus": (1, "GpuDevice", "repeated"),
        "error": (2, "string"),
        "cc_ready": (3, "bool", "optional"),
        "cc_enabled": (4, "bool", "optional"),
        "sample_age_ms": (5, "uint64", "optional"),
    },
    "GetKeyRequestV1": {"domain": (1, "string"), "algorithm": (2, "string")},
    "GetKeyResponseV1": {"key": (1, "bytes"), "public_key": (2, "bytes"), "signature_chain": (3, "bytes", "repeated")},
    "GpuEvidenceBundle": {"vendor": (1, "string"), "format": (2, "string"), "evidence": (3, "bytes")},
    "AttestRequestV1": {"report_data": (1, "bytes"), "include_boottime_gpu_evidence": (2, "bool")},
    "AttestResponseV1": {"attestation": (1, "bytes"), "boottime_gpu_evidence": (2, "GpuEvidenceBundle", "repeated")},
    "AttestGpuRequest": {"nonce": (1, "bytes")},
    "InfoResponseV1": {
        "app_id": (1, "bytes"),
        "app_name": (2, "string"),
        "compose_hash": (3, "bytes"),
        "app_compose": (4, "string"),
        "instance_id": (5, "bytes"),
        "device_id": (6, "bytes"),
        "os_image_hash": (7, "bytes"),
        "mr_aggregated": (8, "bytes"),
        "vm_config": (9, "string"),
        "key_provider_info": (10, "string"),
        "cloud_vendor": (11, "string"),
        "cloud_product": (12, "string"),
    },
    "ContainerHealth": {"name": (1, "string"), "status": (2, "string")},
    "HealthResponse": {"healthy": (1, "bool"), "unhealthy": (2, "ContainerHealth", "repeated"), "error": (3, "string")},
    "RawQuoteArgs": {"report_data": (1, "bytes")},
    "GetQuoteResponse": {
        "quote": (1, "bytes"),
        "event_log": (2, "string"),
        "report_data": (3, "bytes"),
        "vm_config": (4, "string"),
    },
    "AttestResponse": {"attestation": (1, "bytes")},
    "EmitEventArgs": {"event": (1, "string"), "payload": (2, "bytes")},
    "AppInfo": {
        "app_id": (1, "bytes"),
        "instance_id": (2, "bytes"),
        "app_cert": (3, "string"),
        "tcb_info": (4, "string"),
        "app_name": (5, "string"),
        "device_id": (8, "bytes"),
        "mr_aggregated": (9, "bytes"),
        "os_image_hash": (10, "bytes"),
        "key_provider_info": (12, "string"),
        "compose_hash": (13, "bytes"),
        "vm_config": (14, "string"),
        "cloud_vendor": (15, "string"),
        "cloud_product": (16, "string"),
    },
    "DeriveKeyArgs": {
        "path": (1, "string"),
        "subject": (2, "string"),
        "alt_names": (3, "string", "repeated"),
        "usage_ra_tls": (4, "bool"),
        "usage_server_auth": (5, "bool"),
        "usage_client_auth": (6, "bool"),
        "random_seed": (7, "bool"),
    },
    "DeriveK256KeyResponse": {"k256_key": (1, "bytes"), "k256_signature_chain": (2, "bytes", "repeated")},
    "GetAttestationForAppKeyRequest": {"algorithm": (1, "string")},
    "TdxQuoteArgs": {"report_data": (1, "bytes"), "hash_algorithm": (2, "string"), "prefix": (3, "string")},
    "TdxQuoteResponse": {
        "quote": (1, "bytes"),
        "event_log": (2, "string"),
        "hash_algorithm": (3, "string"),
        "prefix": (4, "string"),
    },
    "GuestInfo": {
        "version": (1, "string"),
        "app_id": (2, "bytes"),
        "instance_id": (3, "bytes"),
        "app_cert": (4, "string"),
        "tcb_info": (5, "string"),
        "device_id": (6, "bytes"),
    },
    "DiskInfo": {
        "name": (1, "string"),
        "mount_point": (2, "string"),
        "total_size": (3, "uint64"),
        "free_size": (5, "uint64"),
    },
    "SystemInfo": {
        **{name: (tag, "string") for tag, name in enumerate(("os_name", "os_version", "kernel_version", "cpu_model"), 1)},
        "num_cpus": (5, "uint32"),
        **{
            name: (tag, "uint64") for tag, name in enumerate((
                "total_memory", "available_memory", "used_memory", "free_memory", "total_swap", "used_swap", "free_swap",
                "uptime"), 6)
        },
        **{name: (tag, "uint32") for tag, name in enumerate(("loadavg_one", "loadavg_five", "loadavg_fifteen"), 14)},
        "disks": (17, "DiskInfo", "repeated"),
    },
    "Gateway": {"address": (1, "string")},
    "IpAddress": {"address": (1, "string"), "prefix": (2, "uint32")},
    "Interface": {
        "name": (1, "string"),
        "addresses": (2, "IpAddress", "repeated"),
        **{name: (tag, "uint64") for tag, name in enumerate(("rx_bytes", "tx_bytes", "rx_errors", "tx_errors"), 3)},
    },
    "NetworkInformation": {
        "dns_servers": (1, "string", "repeated"),
        "gateways": (2, "Gateway", "repeated"),
        "interfaces": (3, "Interface", "repeated"),
        "wg_info": (4, "string"),
    },
    "Container": {
        "id": (1, "string"),
        "names": (2, "string", "repeated"),
        "image": (3, "string"),
        "image_id": (4, "string"),
        "created": (6, "int64"),
        "state": (7, "string"),
        "status": (8, "string"),
    },
    "ContainerList": {"containers": (1, "Container", "repeated")},
    "Empty": {},
    "Error": {"text": (1, "string")},
}

# method: (request, response)
METHODS = {
    "GetTlsKey": ("GetTlsKeyArgs", "GetTlsKeyResponse"),
    "GetKey": ("GetKeyArgs", "GetKeyResponse"),
    "Sign": ("SignRequest", "SignResponse"),
    "Verify": ("VerifyRequest", "VerifyResponse"),
    "Version": ("Empty", "WorkerVersion"),
}


def _build() -> dict:
    Field = descriptor_pb2.FieldDescriptorProto
    types = {"string": Field.TYPE_STRING, "bytes": Field.TYPE_BYTES, "bool": Field.TYPE_BOOL, "uint64": Field.TYPE_UINT64,
             "int64": Field.TYPE_INT64, "uint32": Field.TYPE_UINT32}
    file = descriptor_pb2.FileDescriptorProto(name="agent.proto", package="agent", syntax="proto3")
    for name, fields in _TABLE.items():
        message = file.message_type.add(name=name)
        for field_name, (tag, kind, *label) in fields.items():
            field = message.field.add(name=field_name, number=tag, type=types.get(kind, Field.TYPE_MESSAGE))
            if kind not in types:
                field.type_name = ".agent." + kind
            field.label = Field.LABEL_REPEATED if "repeated" in label else Field.LABEL_OPTIONAL
            if "optional" in label:
                field.proto3_optional = True
                field.oneof_index = len(message.oneof_decl)
                message.oneof_decl.add(name="_" + field_name)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName("agent." + name)) for name in _TABLE}


MESSAGES = _build()
