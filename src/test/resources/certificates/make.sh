#!/usr/bin/env bash
# Made the files of this folder: certificates and keys for tests alone. Needs openssl 3.
set -euo pipefail
cd "$(dirname "$0")"
self() { # name subject key-options...
  local name=$1 subject=$2; shift 2
  openssl req -x509 -newkey "$@" -nodes -keyout "$name.key" -out "$name.crt" -subj "$subject" -days 3650 2>/dev/null
}
self shop /CN=shop.example.com rsa:2048
self ec /CN=ec.example.com ec -pkeyopt ec_paramgen_curve:P-256
self wild '/CN=*.example.com' ec -pkeyopt ec_paramgen_curve:P-384
self ed25519 /CN=ed25519.example.com ed25519
openssl req -x509 -newkey rsa:512 -nodes -keyout small.key -out small.crt -subj /CN=small.example.com -days 3650 -sha256 2>/dev/null
# More than a handshake should cost, and more than is served.
self slow /CN=slow.example.com rsa:4104
self huge /CN=huge.example.com rsa:8200
self exponent /CN=exponent.example.com rsa:2048 -pkeyopt rsa_keygen_pubexp:8589934595
self k1 /CN=k1.example.com ec -pkeyopt ec_paramgen_curve:secp256k1
openssl dsaparam -out dsa.param 1024 2>/dev/null && openssl gendsa -out dsa.key dsa.param 2>/dev/null
openssl req -x509 -key dsa.key -out dsa.crt -subj /CN=dsa.example.com -days 3650 -sha256; rm dsa.param
openssl rsa -in shop.key -traditional -out shop-pkcs1.key 2>/dev/null
openssl ec -in ec.key -out ec-sec1.key 2>/dev/null
openssl ecparam -name prime256v1 > ec-sec1-with-curve.key; cat ec-sec1.key >> ec-sec1-with-curve.key
openssl pkcs8 -topk8 -in shop.key -out shop-encrypted.key -passout pass:demo
openssl rsa -in shop.key -traditional -aes128 -passout pass:demo -out shop-encrypted-pkcs1.key 2>/dev/null
# A chain: root, intermediate, leaf.
self ca '/CN=test root' rsa:2048
openssl req -newkey rsa:2048 -nodes -keyout between.key -out between.csr -subj '/CN=test intermediate' 2>/dev/null
openssl x509 -req -in between.csr -CA ca.crt -CAkey ca.key -days 3650 -out between.crt -extfile <(echo basicConstraints=critical,CA:true) 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout chain.key -out chain.csr -subj '/CN=chain.example.com' 2>/dev/null
openssl x509 -req -in chain.csr -CA between.crt -CAkey between.key -days 3650 -out chain.crt 2>/dev/null
cat between.crt >> chain.crt; rm between.key ca.key ./*.csr between.crt
# The same key and name as shop, but for one year only.
openssl req -x509 -key shop.key -out shop-one-year.crt -subj /CN=shop.example.com -days 365
# A renewal: another key and certificate of the same name.
self shop-renewed /CN=shop.example.com rsa:2048
# OCSP responses for shop.crt, which has signed itself; in base64, as Secrets have them.
staple() { # name status revoked-at options...
  local name=$1
  printf '%s\t361126000000Z\t%s\t%s\tunknown\t/CN=shop.example.com\n' "$2" "$3" \
    "$(openssl x509 -in shop.crt -noout -serial | cut -d= -f2)" > index.txt
  shift 3
  openssl ocsp -index index.txt -CA shop.crt -issuer shop.crt -cert shop.crt -rsigner shop.crt -rkey shop.key -no_nonce \
    -respout staple.der "$@" >/dev/null 2>&1
  base64 -w 0 staple.der > "$name.ocsp"; rm staple.der index.txt
}
staple shop V '' -ndays 3000
staple shop-90-days V '' -ndays 90
staple shop-without-end V ''
staple shop-revoked R 261126000000Z -ndays 3000
