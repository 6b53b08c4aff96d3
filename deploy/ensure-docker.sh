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

install_packages() {
  say "Installing $* (about 300 MB on disk): the tests with Orthanc 1.12 run it in a container."
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

has_compose() { docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null; }

missing_packages() {
  { command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ]; } || echo docker.io
  command -v docker >/dev/null || [ ! -x /usr/sbin/dockerd ] || echo docker-cli
  has_compose || echo docker-compose
}

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

if ! engine_answers || ! has_compose; then
  mapfile -t missing < <(missing_packages)
  if [ "${#missing[@]}" -gt 0 ]; then install_packages "${missing[@]}"; fi
fi
if ! engine_answers; then
  start_engine
  wait_for_engine
fi
