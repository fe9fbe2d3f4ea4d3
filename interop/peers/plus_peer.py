#!/usr/bin/env python3
"""Driver of PyPI s7commplus: `client` runs the operations of stdin on one connection, `bench` repeats one, `server` is its emulator until stdin ends.

client: {"port", "flavour": "sync"|"async", "tls": true|false|"auto", "password", "fingerprint", "ops": [{"op": METHOD, "args": [...]}, ...]};
bytes travel as {"hex": "..."}, a datatype as {"type": "INT"}; "leaves" is browse with types as numbers. Each outcome is {"ok": true, "value"} or {"ok": false, "error": TYPE, "text"}.
bench: lines {"task": "read"|"batch"|"connect", "port", "db", "seconds"}, each answered "go" and "CALLS SECONDS", of processor time; with TLS.
server: {"port", "tls": {"cert", "key"} | null, "version": 1|2, "blocks": {"1": "hex"}} and one line "ready" when it listens.
"""
import asyncio
import inspect
import json
import logging
import sys
import time

logging.disable(logging.CRITICAL)


def revive(value):
    from s7commplus.protocol import DataType

    if isinstance(value, dict) and set(value) == {"hex"}:
        return bytes.fromhex(value["hex"])
    if isinstance(value, dict) and set(value) == {"type"}:
        return DataType[value["type"]]
    if isinstance(value, dict) and set(value) == {"tuple"}:
        return tuple(revive(v) for v in value["tuple"])
    if isinstance(value, list):
        return [revive(v) for v in value]
    if isinstance(value, dict):
        return {key: revive(v) for key, v in value.items()}
    return value


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return {"hex": bytes(value).hex()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if type(value).__name__ == "TagResult":
        return {"name": value.tag.name, "value": plain(value.value), "error": None if value.success else str(value.error)}
    return repr(value)


def leaves(found):
    """What browse found: name, address, soft data type, place in the classic layout."""
    from s7commplus.typeinfo import Softdatatype

    return [
        [f["name"], f["access_sequence"], int(Softdatatype[f["data_type"]]), f["nonopt_address"], f["nonopt_bitoffset"]] for f in found
    ]


async def client(job):
    import s7commplus

    made = s7commplus.AsyncClient() if job.get("flavour") == "async" else s7commplus.Client()

    async def call(what, *args, **kwargs):
        done = what(*args, **kwargs)
        return await done if inspect.isawaitable(done) else done

    options = {"use_tls": job.get("tls", True)}
    if job.get("password") is not None:
        options["password"] = job["password"]
    if job.get("fingerprint"):
        options["tls_cert_fingerprint"] = job["fingerprint"]
    try:
        await call(made.connect, "127.0.0.1", job["port"], **options)
    except Exception as error:  # noqa: BLE001  the case decides what it means
        return {"connect": type(error).__name__, "text": str(error)}
    outcomes = []
    for op in job["ops"]:
        try:
            if op["op"] == "leaves":
                outcomes.append({"ok": True, "value": leaves(await call(made.browse))})
                continue
            what = getattr(made, op["op"])
            value = await call(what, *revive(op.get("args", [])), **revive(op.get("kwargs", {}))) if callable(what) else what
            outcomes.append({"ok": True, "value": plain(value)})
        except Exception as error:  # noqa: BLE001
            outcomes.append({"ok": False, "error": type(error).__name__, "text": str(error)})
    await call(made.disconnect)
    return outcomes


def server(job):
    from s7commplus import Server

    made = Server(protocol_version=job.get("version", 1))
    for number, octets in job["blocks"].items():
        made.register_raw_db(int(number), bytearray.fromhex(octets))
    tls = job.get("tls")
    options = {"use_tls": True, "tls_cert": tls["cert"], "tls_key": tls["key"]} if tls else {}
    made.start("127.0.0.1", job["port"], **options)
    print("ready", flush=True)
    for line in sys.stdin:
        # "dump N": the octets of a block.
        print(bytes(made.get_db(int(line.split()[1])).read(0, int(line.split()[2]))).hex(), flush=True)
    made.stop()


def bench(job):
    import s7commplus

    def connected():
        made = s7commplus.Client()
        made.connect("127.0.0.1", job["port"], use_tls=True)
        return made

    db, items = job["db"], [(job["db"], i * 16, 4) for i in range(100)]
    made = None if job["task"] == "connect" else connected()
    call = {
        "read": lambda: made.db_read(db, 0, 4),
        "batch": lambda: made.db_read_multi(items),
        "connect": lambda: connected().disconnect(),
    }[job["task"]]
    call()
    print("go", flush=True)
    calls, began, end = 0, time.process_time(), time.perf_counter() + job["seconds"]
    while time.perf_counter() < end:
        call()
        calls += 1
    used = time.process_time() - began
    if made:
        made.disconnect()
    return "%d %f" % (calls, used)


if __name__ == "__main__":
    if sys.argv[1] == "bench":
        for line in sys.stdin:
            print(bench(json.loads(line)), flush=True)
    elif sys.argv[1] == "client":
        print(json.dumps(asyncio.run(client(json.load(sys.stdin)))))
    else:
        server(json.loads(sys.stdin.readline()))
