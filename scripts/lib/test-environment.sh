# What scripts/test and .ci/run prepare. Sourced after environment.sh, with $root set.

# Package, and a program of it by which we see that it is there.
test_packages=(
    "git git"
    "mariadb-server-core mariadbd"
    "mariadb-client-core my_print_defaults"
    "pgbouncer pgbouncer"
    "openssl openssl"
)
# Debian's PostgreSQL, besides the wheel's, has TLS. Its package makes a cluster that starts with the machine, so it is
# not put on a developer's.
if [ "${CI:-}" = true ]; then test_packages+=("postgresql pg_ctlcluster"); fi
# For the tests of reports in a browser and a terminal, and of shell completion. Ubuntu has no package chromium, and who
# develops there may do without: those tests are skipped.
if [ "${CI:-}" = true ]; then test_packages+=("chromium chromium" "tmux tmux" "zsh zsh" "fish fish"); fi

missing_test_packages() {
    local line
    for line in "${test_packages[@]}"; do
        PATH="$PATH:/usr/sbin:/sbin" command -v "${line#* }" >/dev/null || printf '%s\n' "${line% *}"
    done
}

install_test_servers() {
    local missing
    mapfile -t missing < <(missing_test_packages)
    if [ "${#missing[@]}" = 0 ]; then return; fi
    if [ "${DJCONNFIX_SYSTEM_PACKAGES:-yes}" = no ]; then
        say "Not installing (DJCONNFIX_SYSTEM_PACKAGES=no): ${missing[*]}"
    elif command -v apt-get >/dev/null && can_be_root; then
        say "Installing the system packages ${missing[*]} (their services are not started)"
        install_system_packages "${missing[@]}"
    else
        say "Not installed, and no right to install them: ${missing[*]}. Tests that need them are skipped."
    fi
}

# The folder of the virtual environment for the Python in use, in $venv.
test_venv() {
    local tag cache
    tag=$("$(python_command)" -c 'import sys, zlib; print("%d.%d-%08x" % (*sys.version_info[:2], zlib.crc32(sys.argv[1].encode())))' "$root")
    cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}
    if ! mkdir -p "$cache/djconnfix" 2>/dev/null; then cache=${TMPDIR:-/tmp}/djconnfix-cache-$(id -u); fi
    venv=${DJCONNFIX_VENV:-$cache/djconnfix/test-$tag}
}

prepare_test_venv() {
    test_venv
    if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        local scratch
        rm -rf "$venv"
        mkdir -p "$(dirname "$venv")"
        scratch=$(mktemp -d)
        say "Making the virtual environment $venv"
        make_venv "$venv" "$scratch"
        rm -rf "$scratch"
    fi
    say "Installing djconnfix[test] into $venv"
    install_into "$venv" --editable "$root[test]"
}
