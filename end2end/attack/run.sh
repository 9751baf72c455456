#!/usr/bin/env bash
# A live portal, attacked by tools that others wrote: sqlmap, wapiti and Schemathesis, as a
# department's lead, as its program, as whoever onboards and as an administrator. On loopback, in twenty
# minutes at most.
# Whatever they report that explained.txt does not explain is a failure.
#
# `make attack` puts in place what it needs.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=end2end/attack
tools=$PWD/target/tools/attack/bin
data=target/attack-data
work=$PWD/target/attack
export CORDON_DATA_DIR=$data CORDON_ADDR=127.0.0.1:3902 CORDON_LOG=warn
export CORDON_DEMO_PASSWORD='a demo password'
# The tools ask more often than a program should, and are not to be told to wait.
export CORDON_API_RATE=1000000
unset CORDON_ORIGIN CORDON_SECRET CORDON_SMTP CORDON_SMTP_FROM DATABASE_URL
url=http://$CORDON_ADDR
# Nothing of this goes through a proxy.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

main() {
    portal=
    trap clean_up EXIT
    .ci/stop-postgres --forget "$data"
    rm -rf "$work"
    mkdir -p "$work/home" "$work/sqlmap"
    start_portal
    sign_in epi@dept-a.example "$work/cookies-page"
    sign_in onboarding@cordon.example "$work/cookies-onboarding"
    sign_in admin@cordon.example "$work/cookies-admin"
    issue_key
    with_schemathesis
    with_wapiti page "$url/" "$work/cookies-page" logout account people/invitations 'people/*'
    with_wapiti admin "$url/admin" "$work/cookies-admin" logout account 'admin/staff*' 'admin/break-glass*' \
        admin/billing/close
    with_sqlmap
    # A tool that signed itself out has attacked the sign-in page, and found nothing there.
    for opens in "$work/cookies-page /" "$work/cookies-onboarding /admin/onboard" "$work/cookies-admin /admin"; do
        [ "$(ask "${opens% *}" -o /dev/null -w '%{http_code}' "$url${opens#* }")" = 200 ] ||
            die "the session that opens ${opens#* } ended meanwhile"
    done
    step "What they found"
    "$tools/python" $here/findings.py "$work" $here/explained.txt
}

step() { echo "-- $*"; }
die() { echo "attack: $*" >&2; exit 1; }
# ask COOKIES ARGUMENT...
ask() { curl -sS -b "$1" -H 'Sec-Fetch-Site: same-origin' "${@:2}"; }
# tool SECONDS PROGRAM ARGUMENT...: what it would keep at home it keeps here. What is left when the
# twenty minutes are over is not tried, and findings.py says so.
tool() {
    local left=$((1200 - SECONDS))
    [ "$left" -gt 0 ] || return 1
    HOME=$work/home timeout $((left < $1 ? left : $1)) "$tools/$2" "${@:3}"
}
new_id() { cat /proc/sys/kernel/random/uuid; }

clean_up() {
    [ -z "$portal" ] || { kill -TERM "$portal" 2>/dev/null && wait "$portal"; } || true
    .ci/stop-postgres --forget "$data"
}

start_portal() {
    step "Starting a portal on $url"
    target/debug/cordon serve --demo >"$work/portal.log" 2>&1 &
    portal=$!
    for _ in {1..600}; do
        ! curl -sf "$url/readyz" >/dev/null || return 0
        kill -0 "$portal" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/portal.log"
    die "the portal did not start"
}

# sign_in ADDRESS COOKIES
sign_in() {
    ask "$2" -c "$2" -o /dev/null --fail "$url/login" \
        -d "email=$1" --data-urlencode "password=$CORDON_DEMO_PASSWORD"
    [ -n "$(session "$2")" ] || die "$1 is not signed in"
}

# session COOKIES: the one cookie that says who it is.
session() { awk '$6 == "cordon" { print $6 "=" $7 }' "$1"; }

issue_key() {
    key=$(ask "$work/cookies-page" "$url/keys" -d name=attack -d expires=30d -d read=on -d write=on -d run=on \
        -d "submission=$(new_id)" | sed -n 's/.*id="api-key" class="selectable">\([^<]*\)<.*/\1/p')
    [ -n "$key" ] || die "there is no key"
}

# The interface for programs: another seed each time, which stands in the log.
with_schemathesis() {
    step "Schemathesis"
    curl -sSf "$url/api/v1/openapi.json" >"$work/openapi.json"
    tool 240 schemathesis --config-file end2end/schemathesis.toml run "$work/openapi.json" \
        --url "$url/api" --header "Authorization: Bearer $key" --max-examples 200 --seed "$RANDOM" \
        --report junit --report-junit-path "$work/schemathesis.xml" >"$work/schemathesis.log" 2>&1 ||
        echo "it failed: target/attack/schemathesis.log"
}

# with_wapiti WHO URL COOKIES PATH...: every page that can be reached from there, and every form on them
# but those of PATH..., which would end the session. Modules are left out that ask the world outside or
# look for other people's programs.
with_wapiti() {
    step "Wapiti, $1"
    local leave_out=("${@:4}")
    tool 330 wapiti --url "$2" --scope folder \
        --module sql,timesql,xss,permanentxss,exec,file,crlf,redirect,csrf,cookieflags,csp,http_headers,methods,htaccess,backup \
        --cookie-value "$(session "$3")" --header 'Sec-Fetch-Site: same-origin' \
        "${leave_out[@]/#/--exclude=$url/}" \
        --depth 4 --max-links-per-page 30 --max-files-per-dir 30 --max-parameters 15 \
        --max-scan-time 120 --max-attack-time 60 --timeout 10 --tasks 4 --level 2 --no-bugreport \
        --store-session "$work/wapiti-$1" --flush-session \
        --format json --output "$work/wapiti-$1.json" >"$work/wapiti-$1.log" 2>&1 ||
        echo "it failed: target/attack/wapiti-$1.log"
}

# Each parameter of targets.txt, for what makes SQL of it.
with_sqlmap() {
    step "sqlmap"
    local day method path body number=0 who options
    # Its own reader of Brotli stops at what browsers read.
    local plain='Accept-Encoding: identity'
    day=$(date -u -d yesterday +%F)
    while read -r who method path body; do
        case $who in
            '#'* | '') continue ;;
            page | admin | onboarding)
                options=(--cookie "$(session "$work/cookies-$who")" --headers "$plain"$'\n''Sec-Fetch-Site: same-origin')
                ;;
            cookie) options=(--cookie "$(session "$work/cookies-page")" --headers "$plain") ;;
            program) options=(--headers "$plain"$'\n'"Authorization: Bearer $key") ;;
            *) die "targets.txt has $who" ;;
        esac
        if [ "$who" = cookie ]; then
            options+=(--param-filter COOKIE)
        else
            options+=(--param-filter 'GET,POST,URI')
        fi
        [ "$method" = GET ] || options+=(--data "${body//@day@/$day}")
        number=$((number + 1))
        echo "$method ${path%%\?*}" >"$work/sqlmap/$number.log"
        tool 60 sqlmap --url "$url${path//@day@/$day}" --method "$method" "${options[@]}" \
            --batch --disable-coloring --dbms postgresql --technique BEUST --level 2 --risk 2 \
            --time-sec 1 --drop-set-cookie --ignore-redirects --ignore-code '401,404' --randomize submission --timeout 10 --retries 0 \
            --output-dir "$work/sqlmap/$number" >>"$work/sqlmap/$number.log" 2>&1 </dev/null ||
            true
    done <$here/targets.txt
}

main "$@"
