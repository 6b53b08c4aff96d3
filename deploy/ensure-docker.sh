#!/usr/bin/env bash
# Leaves a Docker engine that answers, and a docker-compose: installs Debian's packages where they
# are missing, and starts the engine where none runs. The engine keeps running afterwards.
set -euo pipefail

engine_log=/var/log/segrelay-dockerd.log
start_seconds=60
socket=${DOCKER_HOST:-unix:///var/run/docker.sock}
socket=${socket#unix://}

say() { printf '%s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "Docker has to be installed or started, and that needs root: run this as root, or install sudo."
    exit 1
  fi
}

install() {
  say "Installing Debian's $1: $2."
  if [ -z "${lists_are_new:-}" ]; then as_root apt-get -q update >&2; fi
  lists_are_new=yes
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q install --yes --no-install-recommends "$1" >&2
}

is_there() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null; }

has_compose() { is_there docker-compose || docker compose version >/dev/null 2>&1; }

engine_answers() { docker info >/dev/null 2>&1; }

start_engine() {
  if [ -d /run/systemd/system ]; then
    as_root systemctl start docker
    return
  fi
  say "Starting the Docker engine; its log is $engine_log."
  # Its socket belongs to the caller's group, so that the tests need no root of their own.
  # shellcheck disable=SC2016 # the inner shell expands these
  as_root setsid sh -c 'exec dockerd --group "$1" >"$2" 2>&1 </dev/null &' \
    start-engine "$(id -gn)" "$engine_log"
}

# A new engine's socket belongs to the group docker, which a login from before knows nothing of.
share_socket() {
  if [ ! -S "$socket" ] || [ -w "$socket" ]; then return; fi
  say "The Docker engine runs but refuses $(id -un): giving $socket to the group $(id -gn), until the engine"
  say "restarts. To be let in for good, join the group docker: usermod --append --groups docker $(id -un)"
  as_root chgrp "$(id -gn)" "$socket"
}

wait_for_engine() {
  for _ in $(seq "$start_seconds"); do
    share_socket
    if engine_answers; then return; fi
    sleep 1
  done
  say "The Docker engine does not answer after $start_seconds s. Look into $engine_log (or journalctl -u"
  say "docker)."
  exit 1
}

is_there dockerd || engine_answers || install docker.io "the tests run Orthanc 1.12 in a container"
# Newer releases of Debian pack the command by itself.
is_there docker || install docker-cli "the command of that engine"
has_compose || install docker-compose "reads docker-compose.test.yml"
if ! engine_answers; then share_socket; fi
if ! engine_answers; then
  start_engine
  wait_for_engine
fi
