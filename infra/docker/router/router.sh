#!/bin/sh
# The one way from the management network to the KMS's: TCP 5696 to the gateway, which sees this router's address
# (masquerade) and has no route back to anybody else. KMIP clients on the Docker host come in by the port published here.
set -eu
: "${KAGIBAKO_GATEWAY_ADDRESS:?}"

# Declaring the table before deleting it makes this work on the first start and on any other. Docker's own rules for
# DNS lie in other tables.
nft -f - <<RULES
table ip kagibako {}
delete table ip kagibako
table ip kagibako {
  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established,related accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ip daddr $KAGIBAKO_GATEWAY_ADDRESS tcp dport 5696 accept
  }
  chain published {
    type nat hook prerouting priority dstnat;
    fib daddr type local tcp dport 5696 dnat to $KAGIBAKO_GATEWAY_ADDRESS
  }
  chain translation {
    type nat hook postrouting priority srcnat;
    ip daddr $KAGIBAKO_GATEWAY_ADDRESS tcp dport 5696 masquerade
  }
}
RULES
echo "forwarding TCP 5696 to $KAGIBAKO_GATEWAY_ADDRESS"
trap 'exit 0' TERM INT
while :; do sleep 3600 & wait $!; done
