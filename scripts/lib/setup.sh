# Sourced by the scripts: makes .venv and node_modules from the pinned lists, or says in one sentence why it can't.
# Needs `root` (the checkout). Everything that pip and npm are told by the environment reaches them.

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# find_python: prints the path of a Python that is new enough and can make environments.
find_python() {
    found=
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        found="${found:+$found, }$candidate"
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        if "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
        no_venv=$candidate
    done
    [ -z "${no_venv:-}" ] || die "$no_venv has no venv module; on Debian or Ubuntu: apt install python3-venv."
    die "Portico needs Python 3.11 or newer and found ${found:-none}; set PYTHON to the one to use."
}

# patiently LOG SECONDS COMMAND…: runs it with a dot a second; its output goes to LOG. Fails as it fails, 124 when late.
patiently() {
    log=$1 limit=$2 waited=0
    shift 2
    "$@" >"$log" 2>&1 </dev/null &
    working=$!
    trap 'kill "$working" 2>/dev/null; printf "\n"; exit 130' INT TERM HUP
    while kill -0 "$working" 2>/dev/null; do
        sleep 1
        printf .
        waited=$((waited + 1))
        if [ "$waited" -ge "$limit" ]; then
            kill "$working" 2>/dev/null
            trap - INT TERM HUP
            return 124
        fi
    done
    trap - INT TERM HUP
    wait "$working"
}

# explain LOG WHAT: ends with a sentence that says why pip or npm failed.
explain() {
    printf '\n' >&2
    if grep -qiE 'no space left|ENOSPC' "$1"; then
        die "There is no disk space left to install the $2."
    elif grep -qiE 'do not match the hashes|EINTEGRITY' "$1"; then
        die "A downloaded file of the $2 is not the one that was pinned; nothing of it was installed. Details: $1"
    elif grep -qiE 'EACCES|permission denied' "$1"; then
        die "No permission to write the $2 below $root. Details: $1"
    elif grep -qiE 'max retries|connection|timed out|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|name resolution|no matching distribution|failed to establish' "$1"; then
        die "The package registry cannot be reached, so the $2 could not be installed. Details: $1"
    fi
    tail -n 15 "$1" >&2
    die "Installing the $2 failed. Details: $1"
}

# install_python LIST: .venv holds what requirements/LIST.txt pins.
install_python() {
    venv=$root/.venv
    if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        python=$(find_python) || exit 1
        printf 'Making .venv with %s ' "$python"
        rm -rf "$venv"
        "$python" -m venv "$venv" >/dev/null 2>&1 || die "Could not make $venv: is the disk full, or not writable?"
        printf 'done\n'
    fi
    stamp=$venv/portico-$1.txt
    cmp -s "$root/requirements/$1.txt" "$stamp" && return
    printf 'Installing Python packages '
    # Wheels only: nothing is compiled, so no compiler is needed and no package runs code while it is installed.
    patiently "$venv/pip.log" 1800 "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps \
        --only-binary :all: --require-hashes -r "$root/requirements/$1.txt" || explain "$venv/pip.log" "Python packages"
    cp "$root/requirements/$1.txt" "$stamp"
    [ "$1" = runtime ] || cp "$root/requirements/runtime.txt" "$venv/portico-runtime.txt"
    printf ' done\n'
}

# install_node all|runtime: node_modules holds what package-lock.json pins, installed by the node of .venv.
install_node() {
    venv=$root/.venv
    cmp -s "$root/package-lock.json" "$root/node_modules/.portico-all" && return
    [ "$1" = runtime ] && cmp -s "$root/package-lock.json" "$root/node_modules/.portico-runtime" && return
    PATH=$venv/bin:$PATH
    export PATH
    case $(node -p process.execPath) in
        "$(cd "$venv" && pwd -P)"/*) ;;
        *) die "Node is not the one of $venv; remove .venv and start again." ;;
    esac
    omit=
    [ "$1" = all ] || omit=--omit=dev
    printf 'Installing browser libraries and the local chain '
    # shellcheck disable=SC2086 # $omit is one word or none
    (cd "$root" && patiently "$venv/npm.log" 600 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error $omit) || {
        [ $? -ne 130 ] || exit 130
        explain "$venv/npm.log" "npm packages"
    }
    cp "$root/package-lock.json" "$root/node_modules/.portico-$1"
    printf ' done\n'
}
