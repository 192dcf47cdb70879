#!/bin/sh
# As Envoy's image: arguments that begin with a dash are flags of envoy, `loglevel` sets its level, and a container that is started as root
# goes on as ENVOY_UID and ENVOY_GID (101, the user envoy); 0 stays root. Ours: what is no program is a command of envoylet (`demo`).
set -e

case "${1:-}" in
  -*) set -- envoy "$@" ;;
  *) command -v "${1:-sh}" >/dev/null || set -- envoylet "$@" ;;
esac

case "${1:-}" in
  envoy) [ -z "${loglevel:-}" ] || set -- "$@" --log-level "$loglevel" ;;
esac

uid=${ENVOY_UID:-101}
gid=${ENVOY_GID:-101}
if [ "$(id -u)" = 0 ]; then
  if [ "$uid" != 0 ]; then
    # The container's log belongs to root; an access log that opens it by its name needs this.
    chown "$uid:$gid" /dev/stdout /dev/stderr 2>/dev/null || true
    set -- setpriv --reuid "$uid" --regid "$gid" --clear-groups "$@"
  fi
elif [ "$(id -u)" != "$uid" ] && [ -n "${ENVOY_UID:-}" ]; then
  echo "ENVOY_UID is $uid, but only a container that is started as root can change its user (docker run --user 0); going on as $(id -u)" >&2
fi
exec "$@"
