#!/bin/sh
# Runs the agent in the foreground with development keys and sockets under out/run, until Ctrl-C: in a simulated TDX guest, after a
# measured startup of the example app, if this machine lets tdx-sim mount.
set -eu
cd "$(dirname "$0")/.."
agent=${AGENT:-out/dstack-guest-agent}
run=out/run
compose=image/example/app-compose.json
mkdir -p $run
exec 9> $run/.lock
flock -n 9 || {
  echo "run: another make run is under way in this folder" >&2
  exit 1
}
# Relative paths: a Unix socket's path has at most 107 bytes.
cat > $run/agent.json << EOT
{
  "default": { "core": {
    "keys_file": "Tests/e2e/data/appkeys-none.json",
    "compose_file": "$compose",
    "sys_config_file": "$run/host/.sys-config.json",
    "data_disks": ["/"]
  } },
  "internal": { "address": "unix:$run/dstack.sock" },
  "internal-v0": { "address": "unix:$run/tappd.sock" },
  "external": { "address": "127.0.0.1", "port": 8090 },
  "guest-api": { "address": "unix:$run/guest-api.sock" }
}
EOT
# what a host would hand over, and where the startup puts its copies
rm -rf $run/host $run/work
mkdir $run/host
cp $compose $run/host/
echo '{"vm_config":"{}"}' > $run/host/.sys-config.json
guest=
if problem=$(out/tdx-sim run --state $run/tdx -- true 2>&1); then
  guest="out/tdx-sim run --state $run/tdx --"
  what="It runs in a simulated TDX guest."
else
  what="It runs without simulated TDX, so only a real TDX guest has quotes:
$problem"
fi
cat << EOT
The agent has development keys, which protect nothing. $what
Press Ctrl-C to stop it. Things to try in another terminal, in this folder:

  curl --unix-socket $run/dstack.sock http://localhost/Version
  curl --unix-socket $run/dstack.sock 'http://localhost/GetKey?path=my/key'
  curl --unix-socket $run/dstack.sock 'http://localhost/v1/GetKey?domain=my/key&algorithm=ed25519'
  curl --unix-socket $run/dstack.sock http://localhost/Info
  curl --unix-socket $run/dstack.sock --json '{"subject":"localhost","usage_server_auth":true}' http://localhost/GetTlsKey

  http://127.0.0.1:8090/        the dashboard; also /metrics, and /logs/<container> if Docker runs here

  make venv                     installs the public SDK for Python, and what image/verify needs, in out/venv
  DSTACK_SIMULATOR_ENDPOINT=$PWD/$run/dstack.sock out/venv/bin/python
  >>> from dstack_sdk import DstackClient
  >>> client = DstackClient()
  >>> client.get_key("my/key").decode_key().hex()
  >>> client.get_tls_key(subject="localhost").certificate_chain

EOT
[ -z "$guest" ] || cat << EOT
  curl --unix-socket $run/dstack.sock 'http://localhost/GetQuote?report_data=c0ffee' > out/quote.json
  image/verify --attestation out/quote.json --report-data c0ffee --app-compose $compose \\
    --root $run/tdx/root.pem --collateral $run/tdx/collateral.json

EOT
[ -n "$guest" ] || exec "$agent" -c $run/agent.json
# both in one run of the simulator, whose registers end with it
# shellcheck disable=SC2016
exec $guest sh -eu -c '
  "$1" boot --host-shared "$2/host" --work-dir "$PWD/$2/work"
  exec "$1" -c "$2/agent.json"
' sh "$agent" $run
