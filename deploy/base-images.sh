#!/usr/bin/env bash
# Leaves the image debian:trixie-slim on this machine: pulled where a registry of images answers,
# else made from Debian's packages. DEBIAN_MIRROR names the mirror; default is the one apt uses.
set -euo pipefail

suite=trixie
image="debian:$suite-slim"
pull_seconds=30

say() { printf '%s\n' "$*" >&2; }

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

mirror_of_apt() {
  # shellcheck disable=SC2016 # apt fills these in, not the shell
  apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Component: main' 'Origin: Debian' 'Label: Debian' | head -n 1
}

# What apt is told on this machine (proxies, date checks), apt in the image needs as well.
settings_of_apt() { apt-config dump | grep -E '^Acquire::(Check-|https?::(Proxy|Verify))' || true; }

make_image() {
  local mirror="${DEBIAN_MIRROR:-$(mirror_of_apt)}"
  if [ -z "$mirror" ]; then
    say "apt knows no Debian mirror; set DEBIAN_MIRROR to one and run this again."
    exit 1
  fi
  command -v debootstrap >/dev/null || [ -x /usr/sbin/debootstrap ] ||
    as_root apt-get install -y -qq --no-install-recommends debootstrap >&2
  say "No registry of images answers: making $image from Debian's packages (about 40 s, 150 MB)."
  local root
  root="$(mktemp -d)"
  # shellcheck disable=SC2064 # the folder of now is meant
  trap "as_root rm -rf '$root'" EXIT
  as_root env PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase \
    --include=ca-certificates "$suite" "$root/image" "$mirror" >&2
  settings_of_apt | as_root tee "$root/image/etc/apt/apt.conf.d/90this-machine" >/dev/null
  as_root rm -rf "$root/image/var/cache/apt/archives" "$root/image/var/lib/apt/lists"
  as_root mkdir -p "$root/image/var/cache/apt/archives/partial" "$root/image/var/lib/apt/lists/partial"
  as_root tar -C "$root/image" -c . | docker import - "$image" >&2
}

if docker image inspect "$image" >/dev/null 2>&1; then exit 0; fi
if ! timeout "$pull_seconds" docker pull --quiet "$image" >&2; then make_image; fi
