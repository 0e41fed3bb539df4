#!/usr/bin/env bash
# The action's logic; action.yml hands the inputs over in the environment. Works with the bash 3.2 of macOS.
#
#   run.sh judge      gets the program, runs it, and writes outputs, annotations and summary; fails only if it cannot
#   run.sh verdict    fails if the exit code that `judge` left asks for it
#
# No input is ever evaluated or split: each is one argument, or one argument a line.
set -euo pipefail

# The program and its reports are named by it: no locale, no globbing of what users wrote.
export LC_ALL=C
set -f

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

# Text for a workflow command: GitHub takes back these three escapes in messages.
escaped() {
    local text=${1//'%'/%25}
    text=${text//$'\r'/%0D}
    text=${text//$'\n'/%0A}
    printf '%s' "$text"
}
notice() { printf '::notice title=Backstop::%s\n' "$(escaped "$1")"; }
warning() { printf '::warning title=Backstop::%s\n' "$(escaped "$1")"; }
# What stops the action: what is wrong, and what to do about it.
fail() {
    printf '::error title=Backstop::%s\n' "$(escaped "$1; $2")"
    [[ -z ${GITHUB_OUTPUT:-} ]] || printf 'exit-code=2\n' >>"$GITHUB_OUTPUT"
    exit 2
}

# Writes an output. A value with a line break could forge others.
output() {
    [[ $2 != *[$'\n\r']* ]] || fail "the value of \`$1\` has a line break" "take it out of the input"
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# Fails unless an input has one of the words that it may have.
one_of() {
    local name=$1 value=$2 word
    shift 2
    for word; do [[ $value != "$word" ]] || return 0; done
    fail "input \`$name\` is \`$value\`" "it may be: $*"
}

# Fails if an input of the other mode is given: it would do nothing, and whoever wrote it would not know.
only_in() {
    [[ $mode == "$1" || -z $3 ]] || fail "input \`$2\` does nothing in mode \`$mode\`" "take it out, or set \`mode: $1\`"
}

# Appends the lines of an input to `arguments`, each behind a prefix (`--policies=`); empty lines are none.
each_line() {
    local line
    while IFS= read -r line || [[ -n $line ]]; do
        line=${line%$'\r'}
        [[ -z $line ]] || arguments[${#arguments[@]}]=$1$line
    done <<<"$2"
}
option() { [[ -z $2 ]] || arguments[${#arguments[@]}]=$1=$2; }

# A path as programs of this system know it: Git's bash on Windows has its own.
native() {
    if command -v cygpath >/dev/null 2>&1; then cygpath -m -- "$1"; else printf '%s' "$1"; fi
}

# Prints the checksum of a file. Which tool there is has been found out by `get_program`.
sha256() {
    local sum
    sum=$("${hasher[@]}" <"$1")
    printf '%s' "${sum%% *}"
}

# The target triple of this runner, and the ending of its programs.
target() {
    case "${RUNNER_OS:-}/${RUNNER_ARCH:-}" in
        Linux/X64) printf 'x86_64-unknown-linux-musl' ;;
        Linux/ARM64) printf 'aarch64-unknown-linux-musl' ;;
        macOS/X64) printf 'x86_64-apple-darwin' ;;
        macOS/ARM64) printf 'aarch64-apple-darwin' ;;
        Windows/X64) printf 'x86_64-pc-windows-msvc.exe' ;;
        *) fail "there is no program for runners of ${RUNNER_OS:-an unknown system} on ${RUNNER_ARCH:-an unknown processor}" \
            "build one there, and give \`binary-path\`" ;;
    esac
}

# Sets `program` to one that has the checksum of its release.
get_program() {
    local listed=$here/checksums.txt version=$BACKSTOP_VERSION target asset line sum name wanted="" known="" folder temporary
    # A failure in `$(…)` ends only what stands between the brackets.
    target=$(target) || { printf '%s\n' "$target"; exit 2; }
    while IFS= read -r line || [[ -n $line ]]; do
        line=${line%$'\r'}
        [[ $line =~ ^([0-9a-f]{64})\ \ backstop-([0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.-]*)-((x86_64|aarch64)-[0-9a-z_.-]+)$ ]] || continue
        sum=${BASH_REMATCH[1]} name=${BASH_REMATCH[2]}
        known=1
        # The newest release stands first.
        [[ -n $version ]] || version=$name
        [[ $version == "$name" && $target == "${BASH_REMATCH[3]}" ]] || continue
        wanted=$sum
        break
    done <"$listed"
    if command -v sha256sum >/dev/null 2>&1; then
        hasher=(sha256sum)
    elif command -v shasum >/dev/null 2>&1; then
        hasher=(shasum -a 256)
    else
        fail "neither \`sha256sum\` nor \`shasum\` is installed" "install one of them, or give \`binary-path\`"
    fi
    [[ -n $known ]] || fail "there is no release of Backstop yet: action/checksums.txt lists none" \
        "build the program (cargo install --path . --locked), and give \`binary-path\`"
    [[ -n $wanted ]] || fail "action/checksums.txt has no checksum of Backstop \`$version\` for \`${target%.exe}\`" \
        "take a version that it lists, or give \`binary-path\`; what is not listed is not downloaded"
    asset=backstop-$version-$target
    folder=${RUNNER_TOOL_CACHE:-$RUNNER_TEMP}/backstop/$version-$wanted
    program=$folder/$asset
    # A cache may be shared with other jobs, so what lies there is not trusted.
    if [[ ! -f $program || $(sha256 "$program") != "$wanted" ]]; then
        [[ $BACKSTOP_ACTION_REPOSITORY =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] ||
            fail "the repository of the action is not known" "give \`binary-path\` where the action is used as \`./\`"
        temporary=$scratch/$asset
        curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 --retry 3 --output "$temporary" -- \
            "https://github.com/$BACKSTOP_ACTION_REPOSITORY/releases/download/v$version/$asset" ||
            fail "Backstop $version could not be downloaded" "see the message of curl above, or give \`binary-path\`"
        sum=$(sha256 "$temporary")
        [[ $sum == "$wanted" ]] || fail "the program that was downloaded has the checksum \`$sum\`, not \`$wanted\`" \
            "it was not run: report it to the project, since somebody may have replaced it"
        chmod 755 "$temporary"
        mkdir -p -- "$folder"
        mv -f -- "$temporary" "$program"
    fi
    verify_attestation
}

# Holds the program to its build provenance.
verify_attestation() {
    [[ $BACKSTOP_VERIFY_ATTESTATION == true ]] || return 0
    if ! command -v gh >/dev/null 2>&1; then
        notice "\`gh\` is not installed: the program's checksum was verified, its build provenance was not"
        return 0
    fi
    gh attestation verify "$program" --repo "$BACKSTOP_ACTION_REPOSITORY" >&2 ||
        fail "the build provenance of the program could not be verified" \
            "see the message of gh above; \`verify-attestation: false\` leaves it at the checksum"
}

# Whether this run has a token that may write to code scanning. What comes from a fork has not.
from_fork() {
    [[ ${GITHUB_EVENT_NAME:-} == pull_request && ${BACKSTOP_HEAD_REPOSITORY:-} != "${GITHUB_REPOSITORY:-}" ]]
}

judge() {
    local mode=$BACKSTOP_MODE name value
    [[ -n ${GITHUB_OUTPUT:-} && -n ${RUNNER_TEMP:-} ]] ||
        fail "GITHUB_OUTPUT or RUNNER_TEMP is not set" "this script is run by the action, on a runner of GitHub Actions"
    one_of mode "$mode" iac live
    one_of annotations "$BACKSTOP_ANNOTATIONS" auto true false
    for name in FAIL_ON_INCOMPLETE UPLOAD_SARIF STEP_SUMMARY VERIFY_ATTESTATION; do
        value=BACKSTOP_$name
        name=$(printf '%s' "$name" | tr 'A-Z_' 'a-z-')
        one_of "$name" "${!value}" true false
    done
    only_in iac parameters "$BACKSTOP_PARAMETERS"
    only_in iac changed-since "$BACKSTOP_CHANGED_SINCE"
    only_in live regions "$BACKSTOP_REGIONS"
    only_in live role "$BACKSTOP_ROLE"
    only_in live profile "$BACKSTOP_PROFILE"

    # A folder of its own, so that two uses of the action in one job do not write over each other's reports.
    mkdir -p -- "$RUNNER_TEMP"
    scratch=$(mktemp -d "$RUNNER_TEMP/backstop.XXXXXX")
    local sarif=${BACKSTOP_SARIF_FILE:-$(native "$scratch/backstop.sarif")}
    local checklist=${BACKSTOP_CHECKLIST_FILE:-$(native "$scratch/checklist.md")}
    local json summary marks counts
    json=$(native "$scratch/report.json")
    summary=$(native "$scratch/summary.md")
    marks=$(native "$scratch/annotations.txt")
    counts=$(native "$scratch/counts.txt")
    # Before anything runs: what cannot be an output is an error now.
    output sarif-file "$sarif"
    output checklist-file "$checklist"

    program=$BACKSTOP_BINARY_PATH
    if [[ -z $program ]]; then
        get_program
    elif [[ ! -f $program || ! -x $program ]]; then
        fail "there is no program at \`$program\`" "build it first; \`binary-path\` is taken from the folder of the checkout"
    fi
    # A name without a folder would be looked for in PATH.
    case $program in /* | [A-Za-z]:*) ;; *) program=./$program ;; esac

    arguments=(scan)
    [[ $mode == iac ]] || arguments=(audit)
    arguments=("${arguments[@]}" --output=terminal "--output=sarif=$sarif" --sarif-profile=github)
    arguments=("${arguments[@]}" "--output=checklist=$checklist" "--output=json=$json" "--output=summary=$summary")
    arguments=("${arguments[@]}" "--output=github=$marks" "--output=counts=$counts")
    option --sarif-category "$BACKSTOP_SARIF_CATEGORY"
    option --config "$BACKSTOP_CONFIG"
    option --baseline "$BACKSTOP_BASELINE"
    option --changed-since "$BACKSTOP_CHANGED_SINCE"
    option --fail-on "$BACKSTOP_FAIL_ON"
    option --regions "$BACKSTOP_REGIONS"
    option --role "$BACKSTOP_ROLE"
    option --profile "$BACKSTOP_PROFILE"
    each_line --policies= "$BACKSTOP_POLICIES"
    each_line --parameter= "$BACKSTOP_PARAMETERS"
    each_line '' "$BACKSTOP_EXTRA_ARGS"
    if [[ $mode == iac ]]; then
        local before=$((${#arguments[@]} + 1))
        arguments=("${arguments[@]}" --)
        each_line '' "$BACKSTOP_PATHS"
        [[ ${#arguments[@]} -gt $before ]] || fail "input \`paths\` names nothing" "name a file or folder, or \`.\`"
    fi

    # What the program prints has names from the estate in it, and a runner obeys lines that look like its commands.
    # Nobody can guess the word that makes it listen again.
    local code=0 word
    word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '::stop-commands::%s\n' "$word"
    (
        # The program has no use for the token. Nor must Windows' bash take arguments for paths of its own.
        unset GH_TOKEN
        export NO_COLOR=1 MSYS_NO_PATHCONV=1 MSYS2_ARG_CONV_EXCL='*'
        exec "$program" "${arguments[@]}" 2>&1
    ) || code=$?
    printf '\n::%s::\n' "$word"

    case $code in
        0 | 1 | 3) ;;
        2) fail "Backstop could not do its work" "see its message in the log above" ;;
        *) fail "Backstop ended with exit code $code" "see the log above; this is a defect: please report it" ;;
    esac
    local file
    for file in "$sarif" "$checklist" "$json" "$summary" "$marks" "$counts"; do
        [[ -f $file ]] || fail "Backstop ended with exit code $code, but wrote no \`$file\`" "is \`binary-path\` Backstop, and new enough?"
    done
    output json-file "$json"
    write_counts "$counts"

    local upload=false
    if [[ $BACKSTOP_UPLOAD_SARIF == true ]]; then
        if from_fork; then
            notice "nothing is uploaded to code scanning, since the token of a pull request from a fork can only read; see the summary of the job"
        else
            upload=true
        fi
    fi
    if [[ $BACKSTOP_ANNOTATIONS == true || ($BACKSTOP_ANNOTATIONS == auto && $upload == false) ]]; then
        cat -- "$marks"
    fi
    write_summary "$summary"
    output upload "$upload"
    # Last: who reads an exit code can rely on everything else.
    output exit-code "$code"
}

# Hands the counts on, and nothing that is none.
write_counts() {
    local key value
    while IFS='=' read -r key value; do
        [[ $value =~ ^[0-9]+$ ]] || continue
        case $key in
            fail) output findings "$value" ;;
            critical | high | medium | low | unknown | waived | new) output "$key" "$value" ;;
            *) ;;
        esac
    done <"$1"
}

# Adds the summary to that of the job, if both fit: GitHub drops the whole of one over 1 MiB.
write_summary() {
    [[ $BACKSTOP_STEP_SUMMARY == true && -n ${GITHUB_STEP_SUMMARY:-} ]] || return 0
    local there=0 size
    size=$(wc -c <"$1")
    [[ ! -f $GITHUB_STEP_SUMMARY ]] || there=$(wc -c <"$GITHUB_STEP_SUMMARY")
    if ((there + size > 1048576)); then
        warning "the summary of the job is full; the checklist is in the output \`checklist-file\`"
        return 0
    fi
    cat -- "$1" >>"$GITHUB_STEP_SUMMARY"
}

verdict() {
    case ${BACKSTOP_EXIT_CODE:-} in
        0) ;;
        1)
            printf '::error title=Backstop::%s\n' "there are findings at or over \`fail-on\`; the summary of the job tells how to fix them"
            exit 1
            ;;
        3)
            local what="the picture is incomplete: a call failed, a file is broken, or a rule errored; the log and the end of the checklist say which"
            if [[ ${BACKSTOP_FAIL_ON_INCOMPLETE:-true} == true ]]; then
                printf '::error title=Backstop::%s\n' "$what"
                exit 3
            fi
            warning "$what"
            ;;
        *) fail "there is no exit code to judge by" "this is a defect of the action: please report it" ;;
    esac
}

case ${1:-} in
    judge | verdict) "$1" ;;
    *) fail "run.sh does not know \`${1:-}\`" "it is \`judge\` or \`verdict\`" ;;
esac
