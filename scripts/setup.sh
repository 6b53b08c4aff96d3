#!/usr/bin/env bash
# Installs what `make demo` (level "demo") or `make test` (level "test") needs and says why first.
# A second run finds everything in place and installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

level=${1:?"usage: scripts/setup.sh demo|test"}
torch=$(grep '^torch==' constraints.txt)

say() { printf '==> %s\n' "$*" >&2; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

system_packages() {
  echo "python3-venv:creates .venv"
  echo "orthanc:the image archive"
  echo "orthanc-python:lets Orthanc load the Segrelay plugin"
  [ "$level" = demo ] && return
  echo "orthanc-dicomweb:the shipped configuration of Orthanc names it"
  echo "dcmtk:packs test images into the transfer syntaxes that archives hold"
  echo "openjph-tools:packs them into HTJ2K"
  echo "default-jre-headless:runs the next one"
  echo "libpixelmed-java:judges the DICOM that Segrelay writes"
  echo "libatomic1:the program that drives the browser needs it"
  echo "chromium-headless-shell:tests press the button in a real browser"
  echo "postgresql:tests run the queue on it as well, on a server of their own"
  echo "pgbouncer:tests run the queue behind it, as a hospital may"
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

# Debian packs the parts that make a virtual environment apart from each Python.
is_good_python() {
  "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  local name
  for name in python3.11 python3.12 python3.13 python3; do
    if is_good_python "$name"; then
      python=$name
      return
    fi
  done
  say "Python 3.11 or newer is needed, and python3 here is $(python3 --version 2>&1): install python3.11" \
    "and python3.11-venv (on Ubuntu 22.04: apt-get install python3.11 python3.11-venv), then run this again."
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
  if [ ! -x .venv/bin/python ]; then
    find_python
    say "creating .venv with $python"
    "$python" -m venv .venv
  fi
  # Installed first and by itself: any other package would pull in its own choice of torch.
  say "Python package $torch (runs the model; 0.2 GB as a CPU build, 3 GB with CUDA)"
  .venv/bin/pip install --quiet ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
    --constraint constraints.txt "$torch"
  say "Python packages of Segrelay and of requirements/ (versions: constraints.txt)"
  local requirements=(--requirement requirements/demo.txt)
  [ "$level" = test ] && requirements+=(--requirement requirements/test.txt)
  .venv/bin/pip install --quiet --constraint constraints.txt "${requirements[@]}" \
    --editable contract --editable django_api --editable worker
  [ "$level" = test ] && .venv/bin/pip install --quiet --constraint constraints.txt --no-deps \
    --requirement requirements/real-files.txt --requirement requirements/nnunet.txt
  wanted_state >"$stamp"
}

install_system_packages
install_python_packages
