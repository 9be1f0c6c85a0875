#!/bin/sh
# Makes an authority and a certificate for Seawall's Service, with openssl alone.
set -eu

usage() {
    cat <<'END'
Usage: make-certificate.sh [OPTIONS] DIRECTORY

Writes ca.crt, ca.key, tls.crt and tls.key into DIRECTORY, and never over a file that is there.

  --service NAME        Service in front of Seawall [seawall]
  --namespace NAME      its namespace [seawall]
  --days N              validity of the certificate [365]
  --authority DIR       issue from DIR/ca.crt and DIR/ca.key instead of a new authority; writes tls.crt and tls.key
END
}

fail() {
    echo "make-certificate.sh: $1" >&2
    exit 2
}

# Names go into a configuration file of openssl, so only what the API takes may pass.
check_label() {
    case $2 in
    '' | -* | *- | *[!a-z0-9-]*) fail "$1 \"$2\" is not the name of a Service or namespace" ;;
    esac
}

service=seawall namespace=seawall days=365 authority='' directory=''
while [ $# -gt 0 ]; do
    case $1 in
    --service | --namespace | --days | --authority)
        [ $# -gt 1 ] || fail "$1 needs a value"
        case $1 in
        --service) service=$2 ;;
        --namespace) namespace=$2 ;;
        --days) days=$2 ;;
        --authority) authority=$2 ;;
        esac
        shift
        ;;
    -h | --help) usage && exit 0 ;;
    -*) fail "unknown option $1" ;;
    *)
        [ -z "$directory" ] || fail "more than one directory"
        directory=$1
        ;;
    esac
    shift
done
[ -n "$directory" ] || { usage >&2 && exit 2; }
check_label --service "$service"
check_label --namespace "$namespace"
case $days in '' | 0* | *[!0-9]*) fail "--days \"$days\" is not a number of days" ;; esac
command -v openssl >/dev/null || fail "openssl is not installed"

made='tls.crt tls.key'
[ -n "$authority" ] || made="ca.crt ca.key $made"
# Keys are for their owner alone from the first byte on.
umask 077
mkdir -p "$directory"
for file in $made; do
    [ ! -e "$directory/$file" ] || fail "$directory/$file is there already; nothing was changed"
done
work=$(mktemp -d "$directory/.making-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Two authorities never share a name: while one takes over from the other, both are trusted.
cat >"$work/openssl.cnf" <<END
[req]
distinguished_name = name
prompt = no
[name]
CN = seawall authority $(openssl rand -hex 4)
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign, digitalSignature
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:$service.$namespace.svc, DNS:$service.$namespace.svc.cluster.local
END

new_key() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

if [ -n "$authority" ]; then
    [ -r "$authority/ca.crt" ] && [ -r "$authority/ca.key" ] || fail "cannot read ca.crt and ca.key in $authority"
else
    authority=$work
    new_key "$work/ca.key"
    openssl req -new -x509 -sha256 -days 1825 -config "$work/openssl.cnf" -extensions authority \
        -key "$work/ca.key" -out "$work/ca.crt"
fi
new_key "$work/tls.key"
openssl req -new -sha256 -config "$work/openssl.cnf" -subj /CN=seawall -key "$work/tls.key" -out "$work/tls.csr"
openssl x509 -req -sha256 -days "$days" -in "$work/tls.csr" -CA "$authority/ca.crt" -CAkey "$authority/ca.key" \
    -set_serial "0x$(openssl rand -hex 16)" -extfile "$work/openssl.cnf" -extensions server \
    -out "$work/tls.crt" 2>"$work/log" || { cat "$work/log" >&2 && exit 1; }

for file in $made; do
    mv "$work/$file" "$directory/$file"
done
# What is no secret may be read by those who need it.
chmod 644 "$directory/tls.crt"
[ ! -e "$directory/ca.crt" ] || chmod 644 "$directory/ca.crt"
echo "made $made in $directory, for $service.$namespace.svc"
