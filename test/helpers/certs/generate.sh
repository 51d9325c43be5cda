#!/usr/bin/env bash
# Makes the certificates of the TLS tests anew, beside this script. They are committed: run it only to change them.
# Valid from 2020 to 2120, but for the one that has expired. The authorities' keys are thrown away.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
from=20200101000000Z
until=21200101000000Z

cat > "$work/ca.cnf" <<CONFIG
[ca]
default_ca = d
[d]
database = $work/index.txt
rand_serial = yes
new_certs_dir = $work
default_md = sha256
policy = p
unique_subject = no
[p]
organizationName = optional
commonName = supplied
CONFIG

# sign NAME SUBJECT FROM UNTIL ISSUER...: a new key ($KEY says how), and a certificate for it with the extensions on standard input
sign() {
  local name=$1 subject=$2 start=$3 end=$4
  shift 4
  cat > "$work/$name.ext"
  : > "$work/index.txt"
  openssl ${KEY:-ecparam -name prime256v1 -genkey -noout} -out "$work/$name.key"
  openssl req -new -key "$work/$name.key" -subj "$subject" -out "$work/$name.csr"
  openssl ca -batch -config "$work/ca.cnf" -notext -in "$work/$name.csr" -extfile "$work/$name.ext" \
    -startdate "$start" -enddate "$end" -out "$work/$name.crt" "$@"
}

# authority NAME SUBJECT [EXTENSION]
authority() {
  printf '%s\n' 'basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign,cRLSign' "${3:-}" |
    sign "$1" "/CN=$2" "$from" "$until" -selfsign -keyfile "$work/$1.key"
  cp "$work/$1.crt" "$1.pem"
}

# leaf NAME AUTHORITY SUBJECT ALTERNATIVE_NAMES USAGE [FROM UNTIL]: certificate and key in one file; $MORE are more extensions
leaf() {
  printf '%s\n' 'basicConstraints=critical,CA:FALSE' "extendedKeyUsage=$5" "${4:+subjectAltName=$4}" "${MORE:-}" |
    sign "$1" "$3" "${6:-$from}" "${7:-$until}" -cert "$2.pem" -keyfile "$work/$2.key" -md "${DIGEST:-sha256}"
  cat "$work/$1.crt" "$work/$1.key" > "$1.pem"
}

authority ca 'Test Authority'
authority other-ca 'Another Authority'
authority constrained-ca 'Constrained Authority' 'nameConstraints=critical,permitted;DNS:allowed.test'

leaf good ca '/O=Example/CN=Server' 'DNS:api.test,DNS:localhost,DNS:*.wild.test,IP:127.0.0.1,IP:::1' serverAuth
leaf expired ca '/CN=Server' 'DNS:api.test' serverAuth 20000101000000Z 20010101000000Z
leaf wrong-host ca '/CN=Server' 'DNS:other.test,IP:192.0.2.1' serverAuth
leaf unknown-issuer other-ca '/CN=Server' 'DNS:api.test' serverAuth
leaf cn-only ca '/CN=api.test' '' serverAuth
leaf partial-wildcard ca '/CN=Server' 'DNS:a*.wild.test,DNS:*i.wild.test' serverAuth
leaf name-in-ip ca '/CN=Server' 'DNS:127.0.0.1' serverAuth
leaf constrained constrained-ca '/CN=Server' 'DNS:api.test' serverAuth
leaf wrong-purpose ca '/CN=Server' 'DNS:api.test' clientAuth
leaf client ca '/CN=Client' 'DNS:client.test' clientAuth

# below the one authority, another
below() {
  printf '%s\n' 'keyUsage=critical,keyCertSign,cRLSign' "$3" |
    sign "$1" "/CN=$2" "$from" "$until" -cert "${4:-ca}.pem" -keyfile "$work/${4:-ca}.key"
  cp "$work/$1.crt" "$1.pem"
}
below intermediate 'Test Intermediate' 'basicConstraints=critical,CA:TRUE,pathlen:0'
below below-intermediate 'One Too Many' 'basicConstraints=critical,CA:TRUE' intermediate
below no-authority 'No Authority' 'basicConstraints=critical,CA:FALSE'

leaf many-names ca '/CN=Server' "$(seq -f 'DNS:n%g.test' -s, 200)" serverAuth
leaf not-yet-valid ca '/CN=Server' 'DNS:api.test' serverAuth 21000101000000Z 21100101000000Z
KEY='genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024' leaf weak-key ca '/CN=Server' 'DNS:api.test' serverAuth
DIGEST=sha1 leaf weak-digest ca '/CN=Server' 'DNS:api.test' serverAuth
MORE='1.2.3.4.5=critical,ASN1:UTF8String:unknown' leaf unknown-critical ca '/CN=Server' 'DNS:api.test' serverAuth
leaf missing-intermediate intermediate '/CN=Server' 'DNS:api.test' serverAuth
leaf long-path below-intermediate '/CN=Server' 'DNS:api.test' serverAuth
leaf by-no-authority no-authority '/CN=Server' 'DNS:api.test' serverAuth
leaf client-elsewhere other-ca '/CN=Stranger' 'DNS:client.test' clientAuth
leaf client-expired ca '/CN=Client' 'DNS:client.test' clientAuth 20000101000000Z 20010101000000Z

# with the chain that a server shows
cat missing-intermediate.pem intermediate.pem > with-intermediate.pem
cat long-path.pem below-intermediate.pem intermediate.pem > with-long-path.pem
cat by-no-authority.pem no-authority.pem > with-no-authority.pem
cat unknown-issuer.pem other-ca.pem > unknown-authority.pem
rm intermediate.pem below-intermediate.pem no-authority.pem long-path.pem by-no-authority.pem

printf '%s\n' 'subjectAltName=DNS:api.test' |
  sign self-signed '/CN=Server' "$from" "$until" -selfsign -keyfile "$work/self-signed.key"
cat "$work/self-signed.crt" "$work/self-signed.key" > self-signed.pem
