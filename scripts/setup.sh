#!/usr/bin/env bash
# Installs what `make demo` (level "demo") or `make test` (level "test") needs and says why first.
# A second run finds everything in place and installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

level=${1:?"usage: scripts/setup.sh demo|test"}
torch_version=2.13.0

say() { printf '==> %s\n' "$*" >&2; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

system_packages() {
  echo "python3-venv:creates .venv"
  echo "orthanc:the image archive"
  echo "orthanc-python:lets Orthanc load the Segrelay plugin"
  [ "$level" = demo ] && return
  echo "orthanc-dicomweb:the shipped configuration of Orthanc names it"
  echo "libatomic1:the program that drives the browser needs it"
  echo "chromium:tests press the button in a real browser"
  echo "postgresql:tests run the queue on it as well, on a server of their own"
  echo "fonts-nanum:screenshots of the Korean page show Korean"
}

is_installed() {
  dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

install_system_packages() {
  local missing=() entry
  while IFS= read -r entry; do
    is_installed "${entry%%:*}" && continue
    say "Debian package ${entry%%:*} is missing (${entry#*:}): installing it"
    missing+=("${entry%%:*}")
  done < <(system_packages)
  [ ${#missing[@]} -eq 0 ] && return
  as_root apt-get -q update >&2
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q install --yes --no-install-recommends "${missing[@]}" >&2
}

find_python() {
  local name
  for name in python3.11 python3.12 python3.13 python3; do
    if "$name" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  say "Python 3.11 or newer is needed and was not found."
  exit 1
}

wanted_state() {
  # The empty line keeps an unset TORCH_INDEX apart from a set one.
  { cat constraints.txt requirements/*.txt ./*/pyproject.toml; echo "${TORCH_INDEX:-}"; } |
    sha256sum | cut -d ' ' -f 1
}

stamp=.venv/segrelay-$level
already_set_up() { [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted_state)" ]; }

install_python_packages() {
  already_set_up && return
  [ -x .venv/bin/python ] || { say "creating .venv"; "$(find_python)" -m venv .venv; }
  # Installed first and by itself: any other package would pull in its own choice of torch.
  say "Python package torch $torch_version (runs the model; 0.2 GB as a CPU build, 3 GB with CUDA)"
  .venv/bin/pip install --quiet ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
    --constraint constraints.txt "torch==$torch_version"
  say "Python packages of Segrelay and of requirements/ (versions: constraints.txt)"
  local requirements=(--requirement requirements/demo.txt)
  [ "$level" = test ] && requirements+=(--requirement requirements/test.txt)
  .venv/bin/pip install --quiet --constraint constraints.txt "${requirements[@]}" \
    --editable contract --editable django_api --editable worker
  wanted_state >"$stamp"
}

install_system_packages
install_python_packages
