#!/usr/bin/env bash
# The few system libraries that a napari window (also an invisible one, under Xvfb) needs on Debian and Ubuntu.
# Tells what it is about to do; does nothing where they are there already, or on other systems.
set -euo pipefail

packages=(xvfb xauth libegl1 libgl1 libgl1-mesa-dri libglx-mesa0 libdbus-1-3 libfontconfig1 libglib2.0-0
  libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
  libxcb-render-util0 libxcb-shape0 libxcb-xkb1)

if ! command -v apt-get >/dev/null 2>&1; then
  echo "Not Debian or Ubuntu: if a window does not open, install your system's OpenGL and xcb libraries (and Xvfb for the tests)."
  exit 0
fi

is_installed() { # newer releases rename some libraries with the ending t64
  dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed' ||
    dpkg-query -W -f='${Status}' "$1t64" 2>/dev/null | grep -q 'install ok installed'
}

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "About to install system libraries that napari's window needs: ${missing[*]}"
[ ${#as_root[@]} -eq 0 ] || echo "sudo may ask for your password."
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
