#!/bin/sh
# Makes the root of a small Debian 12 and packs it: base.sh MIRROR TAR ("" for debootstrap's own mirror), as root, in an empty folder and a mount namespace of its own
# (debootstrap mounts /proc in there; whatever ends it, the mounts must end too before anybody removes the folder).
set -eu
debootstrap --variant=minbase bookworm root ${1:+"$1"}
mirror=$(awk '$1 == "deb" { print $2; exit }' root/etc/apt/sources.list)
cat >root/etc/apt/sources.list <<SOURCES
deb $mirror bookworm main
deb $mirror bookworm-updates main
deb $mirror-security bookworm-security main
SOURCES
rm -rf root/var/lib/apt/lists/* root/var/cache/apt/*
# Sockets, devices and what is mounted belong to the machine that runs it.
tar --numeric-owner --one-file-system -C root --exclude ./dev --exclude ./proc --exclude ./sys -cf "$2" .
