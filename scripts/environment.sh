# Sourced by the verbs beside it. Gives:
#   say WORD...                      one line for the person watching, on standard error
#   environment FOLDER SPEC...       a virtual environment with what pip understands by SPEC..., made anew only when
#                                    pyproject.toml, the Python, the SPECs or a requirement file among them changed
# Wants python3.11 or newer with venv and pip; takes uv instead where it is on PATH, because it is faster.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s: %s\n' "scripts/$(basename "$0")" "$*" >&2; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$name" >/dev/null && new_enough "$name"; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    say "found no Python 3.11 or newer; install one, or name it: PYTHON=/path/to/python3 scripts/$(basename "$0")"
    return 2
}

make_venv() {
    local folder="$1" python="$2"
    rm -rf "$folder"
    if command -v uv >/dev/null; then
        uv venv --quiet --python "$python" "$folder"
    elif ! "$python" -m venv "$folder" >/dev/null 2>&1; then
        rm -rf "$folder"
        say "$python cannot make environments; install its venv module (Debian: apt-get install python3-venv) or uv"
        return 2
    fi
}

install() {
    local folder="$1" lowest=()
    shift
    if command -v uv >/dev/null; then
        [ -z "${LOWEST:-}" ] || lowest=(--resolution lowest-direct)
        VIRTUAL_ENV="$root/$folder" uv pip install --quiet ${lowest[@]+"${lowest[@]}"} "$@"
    elif [ -n "${LOWEST:-}" ]; then
        say "the oldest allowed versions can only be found with uv, which is not on PATH; install uv"
        return 2
    else
        "$folder/bin/python" -m pip install -qq --no-compile --progress-bar off "$@"
    fi
}

stamp_of() {
    local python="$1" spec
    shift
    {
        "$python" --version
        printf '%s\n' "$root" "${LOWEST:-}" "$@"
        cat pyproject.toml
        for spec in "$@"; do if [ -f "$spec" ]; then cat "$spec"; fi; done
    } | "$python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
}

environment() {
    local folder="$1" python stamp
    shift
    python="$(find_python)"
    stamp="$(stamp_of "$python" "$@")"
    if [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ]; then return; fi
    say "making $folder (${*: -1})"
    make_venv "$folder" "$python"
    install "$folder" "$@"
    printf '%s\n' "$stamp" >"$folder/stamp"
}
