#!/usr/bin/env bash
# Install into .venv: with "runtime" only what `giaoban serve` needs, else everything that the tests need.
# System packages are installed when this may be done without a question; tests/run.py names what is still missing.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
PYTHON=${PYTHON:-python3}
WHAT=${1:-all}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
  command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

install_packages() {
  may_install || return 1
  echo "Installing Debian packages: $*"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Giao Ban needs Python 3.11 or newer; $PYTHON is not. Set PYTHON to one that is: make run PYTHON=python3.12" >&2
  exit 1
fi
if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
  install_packages python3-venv || {
    echo "Python's venv module is missing. Install it with: apt-get install python3-venv" >&2
    exit 1
  }
fi

# One without pip was begun and never finished: it is completed.
"$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$PYTHON" -m venv "$VENV"
if [ "$WHAT" = runtime ]; then
  echo "Installing Giao Ban into $VENV; the first time this takes a minute or two."
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --editable .
  touch "$VENV/.runtime"
  exit 0
fi

if [ ! "$VENV/.tests" -nt pyproject.toml ]; then
  echo "Installing Giao Ban and what its tests need into $VENV"
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
  # The second speech engine: torch without CUDA, and without the compiler for graphics cards that the engine's package
  # asks for, so that it takes 1.2 GB instead of 5.5.
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check 'torch==2.13.0+cpu' 2>/dev/null ||
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check torch --index-url https://download.pytorch.org/whl/cpu
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check more-itertools numba tiktoken tqdm
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps 'openai-whisper>=20250625'
  touch "$VENV/.runtime" "$VENV/.tests"
fi

wanted=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || wanted+=(chromium)
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || wanted+=(postgresql)
command -v ip >/dev/null || wanted+=(iproute2)
command -v turnserver >/dev/null || wanted+=(coturn)
[ -x /usr/sbin/dovecot ] || wanted+=(dovecot-imapd)
command -v softhsm2-util >/dev/null || wanted+=(softhsm2)
command -v node >/dev/null || wanted+=(nodejs)
command -v npm >/dev/null || wanted+=(npm)
if [ ${#wanted[@]} -gt 0 ]; then
  install_packages "${wanted[@]}" || echo "Not installed (it needs root): ${wanted[*]}" >&2
  # The tests start a relay and a mail server of their own; those of the packages would serve strangers.
  for service in coturn dovecot; do
    case " ${wanted[*]} " in *" $service"*)
      [ ! -d /run/systemd/system ] || as_root systemctl disable --quiet --now "$service" || true ;;
    esac
  done
fi
if command -v npm >/dev/null && [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  echo "Installing what the browser code's checks need into node_modules"
  npm ci --silent --no-audit --no-fund || echo "Not installed (npm cannot fetch it): node_modules" >&2
fi
