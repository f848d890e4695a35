# Functions that scripts/demo, scripts/test and .ci/run share. Sourced by bash, never run.
#
# A fresh Debian or Ubuntu has Python 3 without pip and without python3-venv. Nothing here needs more than that, and pip
# and apt go wherever the system is configured to go.

say() { printf '\n== %s\n' "$*"; }

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 2
}

# Run a command so that a signal to this script ends it: bash runs no trap while it waits for a foreground command.
child=
run() {
    "$@" &
    child=$!
    local status=0
    wait "$child" || status=$?
    child=
    return "$status"
}

# Called by the signal traps: end the running command, let it clean up, and leave.
interrupted() {
    trap '' INT TERM HUP
    if [ -n "$child" ]; then
        kill -TERM "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    exit "$1"
}

trap_signals() {
    trap 'interrupted 130' INT
    trap 'interrupted 143' TERM
    trap 'interrupted 129' HUP
}

# The Python to use: $PYTHON, or python3.
python_command() { printf '%s\n' "${PYTHON:-python3}"; }

require_python() {
    local python
    python=$(python_command)
    command -v "$python" >/dev/null || fail "there is no $python here; install Python 3.10 or newer"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        fail "$("$python" --version) is too old; Python 3.10 or newer is needed"
}

# apt-get with its lists and downloads in a folder of ours: needs no root, changes nothing on the system.
private_apt_get() {
    local folder=$1
    shift
    mkdir -p "$folder/state/lists/partial" "$folder/cache/archives/partial"
    apt-get -q -o Dir::State="$folder/state" -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$folder/cache" \
        -o APT::Sandbox::User="$(id -un)" "$@"
}

# Put the path of a pip wheel from the system's own package archive into $pip_wheel, and into $pip_path the folder of
# the standard library's distutils where that pip (Ubuntu 22.04) needs it and the system has it in a package of its own.
download_pip_wheel() {
    local folder=$1 python=$2 unpacked=$1/unpacked
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    private_apt_get "$folder" update >"$folder.log" 2>&1 || return 1
    (cd "$folder" && private_apt_get "$folder" download python3-pip-whl) >>"$folder.log" 2>&1 || return 1
    dpkg-deb -x "$folder"/python3-pip-whl_*.deb "$unpacked" || return 1
    pip_wheel=$(find "$unpacked" -name 'pip-*.whl' | head -n 1)
    [ -n "$pip_wheel" ] || return 1

    pip_path=
    if ! "$python" -W ignore -c 'import distutils.version; import distutils.cmd' 2>"$folder.err" &&
        "$python" -W ignore -c 'import distutils.version' 2>"$folder.err"; then
        (cd "$folder" && private_apt_get "$folder" download python3-distutils) >>"$folder.log" 2>&1 || return 1
        dpkg-deb -x "$folder"/python3-distutils_*.deb "$unpacked" || return 1
        pip_path=$("$python" -W ignore -c '
import distutils, pathlib, shutil, sys
system = pathlib.Path(distutils.__file__).parent
unpacked = pathlib.Path(sys.argv[1]) / system.relative_to("/")
for path in system.glob("*.py"):
    shutil.copy(path, unpacked)
print(unpacked.parent)' "$unpacked") || return 1
    fi
}

# Root's rights, if they can be had without asking for a password.
can_be_root() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Install packages and keep their services from being started: the tests start servers of their own.
install_system_packages() {
    local policy=/usr/sbin/policy-rc.d ours= log
    log=$(mktemp)
    if [ ! -e "$policy" ]; then
        ours=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    local status=0
    {
        as_root apt-get -q update &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"
    } >"$log" 2>&1 || status=$?
    if [ -n "$ours" ]; then as_root rm -f "$policy"; fi
    if [ "$status" != 0 ]; then tail -n 20 "$log" >&2; fi
    rm -f "$log"
    return "$status"
}

# make_venv FOLDER SCRATCH: a virtual environment with pip. SCRATCH is a folder for what is only needed meanwhile.
make_venv() {
    local folder=$1 scratch=$2 python pip_wheel= pip_path=
    python=$(python_command)
    if "$python" -m venv "$folder" >/dev/null 2>&1; then return; fi
    rm -rf "$folder"
    echo "This Python cannot make a virtual environment with pip; taking pip from the package archive."
    mkdir -p "$scratch"
    if download_pip_wheel "$scratch/apt" "$python"; then
        "$python" -m venv --without-pip "$folder" &&
            PYTHONPATH="$pip_path" run "$folder/bin/python" -W ignore "$pip_wheel/pip" \
                -qq --disable-pip-version-check install pip &&
            return
        rm -rf "$folder"
    elif [ -e "$scratch/apt.log" ]; then
        tail -n 5 "$scratch/apt.log" >&2
    fi
    if command -v apt-get >/dev/null && can_be_root; then
        echo "Installing the system package python3-venv."
        install_system_packages python3-venv && "$python" -m venv "$folder" >/dev/null && return
    fi
    fail "could not make a virtual environment; install the package python3-venv and start again"
}

# install_into VENV REQUIREMENT...: pip, quietly, and with its whole output when it fails.
install_into() {
    local venv=$1 log status=0
    shift
    log=$(mktemp)
    run "$venv/bin/python" -m pip --disable-pip-version-check --no-input install "$@" >"$log" 2>&1 || status=$?
    if [ "$status" != 0 ]; then tail -n 40 "$log" >&2; fi
    rm -f "$log"
    return "$status"
}
