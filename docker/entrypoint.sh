#!/bin/sh
# As Envoy's image: arguments that begin with a dash are flags of envoy, anything else is a command.
set -e
case "${1:-}" in
  -*) set -- envoy "$@" ;;
esac
exec "$@"
