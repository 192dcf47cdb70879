#!/bin/sh
':' /* # Read by sh; to Node, which sh becomes in the end, it is a comment. The build puts it before dist/envoylet.js;
# `sh build/launcher.sh src/main.ts ...` starts the sources.

# SIGUSR1 reopens the logs. Until our own handler stands, Node would answer it with its debugger on 127.0.0.1:9229, for everybody
# on the loopback that the containers of a pod share: so that debugger gets an address that no socket can be bound to, a link-local
# one without its link. (With --disable-sigusr1 Node 22 and 24 leave the signal blocked, and no handler ever runs.) Up to Node's
# first lines it is ignored here, not deadly.
trap '' USR1

case $0 in
  *launcher.sh) main=$1; shift ;;
  *) main=$0 ;;
esac

# The Node that a checkout pins, else that of PATH.
node=${0%/*}/../node_modules/.bin/node
[ -x "$node" ] || node=node

# Meant for the programs beside the proxy (platforms set NODE_OPTIONS for every container of a pod), or of no use to it:
# docs/reference/cli.md. A file that is not there, in any of them, would end the start.
unset NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE NODE_REPL_HISTORY NODE_V8_COVERAGE NODE_DEBUG NODE_DEBUG_NATIVE \
  NODE_COMPILE_CACHE NODE_COMPILE_CACHE_PORTABLE NODE_DISABLE_COMPILE_CACHE NODE_EXTRA_CA_CERTS NODE_USE_SYSTEM_CA \
  NODE_USE_ENV_PROXY NODE_TLS_REJECT_UNAUTHORIZED NODE_REDIRECT_WARNINGS NODE_PENDING_DEPRECATION NODE_NO_WARNINGS \
  NODE_PENDING_PIPE_INSTANCES NODE_DISABLE_COLORS \
  NODE_PRESERVE_SYMLINKS NODE_PRESERVE_SYMLINKS_MAIN NODE_SKIP_PLATFORM_CHECK NODE_ICU_DATA NODE_CHANNEL_FD \
  NODE_CHANNEL_SERIALIZATION_MODE NODE_UNIQUE_ID NODE_CLUSTER_SCHED_POLICY NODE_TEST_CONTEXT WATCH_REPORT_DEPENDENCIES \
  UV_THREADPOOL_SIZE UV_USE_IO_URING OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES SSL_CERT_FILE SSL_CERT_DIR SSLKEYLOGFILE

exec "$node" '--inspect-port=[fe80::1]:9229' "$main" "$@"
*/;
