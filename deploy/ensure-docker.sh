#!/usr/bin/env bash
# Leaves a Docker engine that answers, and a docker-compose: installs Debian's packages where they
# are missing, and starts the engine where none runs. The engine keeps running afterwards.
set -euo pipefail

engine_log=/var/log/segrelay-dockerd.log
start_seconds=60

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

wait_for_engine() {
  for _ in $(seq "$start_seconds"); do
    if engine_answers; then return; fi
    sleep 1
  done
  say "The Docker engine does not answer after $start_seconds s. Look into $engine_log (or journalctl -u"
  say "docker); if it runs but refuses you, add yourself to the group docker and log in again."
  exit 1
}

is_there dockerd || engine_answers || install docker.io "the tests run Orthanc 1.12 in a container"
# Newer releases of Debian pack the command by itself.
is_there docker || install docker-cli "the command of that engine"
has_compose || install docker-compose "reads docker-compose.test.yml"
if ! engine_answers; then
  start_engine
  wait_for_engine
fi
