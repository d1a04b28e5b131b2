#!/usr/bin/env bash
# docker/build.sh [cpu|gpu]: build the training image as tfcluster:<target>.
set -euo pipefail
target=${1:-cpu}
case "$target" in cpu | gpu) ;; *) echo "usage: docker/build.sh [cpu|gpu]" >&2; exit 2 ;; esac
cd "$(dirname "$0")/.."
exec docker build --file docker/Dockerfile --build-arg "TARGET=$target" --tag "tfcluster:$target" .
