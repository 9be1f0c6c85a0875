#!/usr/bin/env bash
# The whole server beside a constant-answer one, in one session, and the ratio of their CPU time for each review.
# usage: benches/load.sh [KIT]    (the load kit: ../shared/load unless said; needs Linux, Python 3, openssl and wrk)
set -euo pipefail
cd "$(dirname "$0")/.."
kit=$(cd "${1:-../shared/load}" && pwd)
export OUT=$PWD/target/load
rm -rf "$OUT"
mkdir -p "$OUT"

"$kit/mkcert.sh" "$OUT/tls" 2>/dev/null
# A copy: the kit stays as it is.
cp -r "$kit/floor-rs" "$OUT/floor"
cargo build --release --locked
cargo build --release --manifest-path "$OUT/floor/Cargo.toml"

url=https://127.0.0.1:18443/validate
"$kit/measure.sh" floor "$url" "$kit/bodies/pod_ok.json" true 0 \
    "$OUT/floor/target/release/floor-rs" 127.0.0.1:18443 "$OUT/tls/tls.crt" "$OUT/tls/tls.key"
"$kit/measure.sh" seawall "$url" "$kit/bodies/pod_ok.json" true 0 \
    target/release/seawall serve --listen 127.0.0.1:18443 --admin-listen 127.0.0.1:18080 \
    --tls-cert "$OUT/tls/tls.crt" --tls-key "$OUT/tls/tls.key"

python3 - "$OUT/results.jsonl" <<'PYTHON'
import json, sys
floor, seawall = (json.loads(line) for line in open(sys.argv[1]))
print(f"\n{'16 connections':16} {'CPU µs a review':>16} {'floor':>8} {'ratio':>6} {'p99 µs':>8} {'floor':>8}")
for body in ("pod_ok", "deploy_8k", "pod_bad", "mix"):
    if body in seawall and body in floor:
        a, b = seawall[body]["c16"], floor[body]["c16"]
        cpu, base = (it["server_cpu_s_per_1000"] * 1000 for it in (a, b))
        print(f"{body:16} {cpu:16.1f} {base:8.1f} {cpu / base:6.2f} {a['p99_us']:8} {b['p99_us']:8}")
PYTHON
