#!/bin/sh
# Runs the agent in the foreground with development keys and sockets under out/run, until Ctrl-C: in a simulated TDX guest, if
# tdx-sim is built and this machine lets it mount.
set -eu
cd "$(dirname "$0")/.."
agent=${AGENT:-out/dstack-guest-agent}
run=out/run
mkdir -p $run
# Relative paths: a Unix socket's path has at most 107 bytes.
cat > $run/agent.json << EOF
{
  "default": { "core": {
    "keys_file": "Tests/e2e/data/appkeys-none.json",
    "compose_file": "Tests/e2e/data/app-compose.json",
    "sys_config_file": "Tests/e2e/data/sys-config.json",
    "data_disks": ["/"]
  } },
  "internal": { "address": "unix:$run/dstack.sock" },
  "internal-v0": { "address": "unix:$run/tappd.sock" },
  "external": { "address": "127.0.0.1", "port": 8090 },
  "guest-api": { "address": "unix:$run/guest-api.sock" }
}
EOF
guest=
if [ -x out/tdx-sim ] && out/tdx-sim run --state $run/tdx -- true 2> /dev/null; then
  guest="out/tdx-sim run --state $run/tdx --"
  what="It runs in a simulated TDX guest."
else
  what="This machine is not a TDX guest, and cannot simulate one: there are no quotes."
fi
cat << EOF
The agent has development keys, which protect nothing. $what
Press Ctrl-C to stop it. Things to try in another terminal:

  curl --unix-socket $run/dstack.sock http://localhost/Version
  curl --unix-socket $run/dstack.sock 'http://localhost/GetKey?path=my/key'
  curl --unix-socket $run/dstack.sock 'http://localhost/v1/GetKey?domain=my/key&algorithm=ed25519'
  curl --unix-socket $run/dstack.sock 'http://localhost/GetQuote?report_data=c0ffee'
  curl --unix-socket $run/dstack.sock http://localhost/Info
  curl --unix-socket $run/dstack.sock --json '{"subject":"localhost","usage_server_auth":true}' http://localhost/GetTlsKey

  http://127.0.0.1:8090/        the dashboard; also /metrics, and /logs/<container> if Docker runs here

  make venv                     installs the public SDK for Python in out/venv
  out/venv/bin/python
  >>> from dstack_sdk import DstackClient
  >>> client = DstackClient("$PWD/$run/dstack.sock")
  >>> client.get_key("my/key").decode_key().hex()
  >>> client.get_tls_key(subject="localhost").certificate_chain

EOF
# shellcheck disable=SC2086
exec $guest "$agent" -c $run/agent.json
