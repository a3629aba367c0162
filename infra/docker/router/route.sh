#!/bin/sh
# Holds the network namespace that the broker shares, and keeps its route to the KMS's network: the router's address on
# the management network may be another after the router's restart.
set -u
: "${KAGIBAKO_KMS_SUBNET:?}"

set_route() {
  router=$(getent ahostsv4 router | cut -d ' ' -f 1 | head -n 1)
  [ -n "$router" ] && ip route replace "$KAGIBAKO_KMS_SUBNET" via "$router"
}

trap 'exit 0' TERM INT
while :; do
  set_route || echo "no route to $KAGIBAKO_KMS_SUBNET yet"
  sleep 2 & wait $!
done
