#!/usr/bin/env bash
# The interface for programs, on a live portal: its document is valid, the clients that are shown
# to be copied run, and whatever a generic tester thinks of is answered as documented.
#
# `make fuzz-api` puts in place what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$PWD/target/tools/python/bin
data=target/api-data
clients=$PWD/end2end/clients
export CORDON_DATA_DIR=$data CORDON_ADDR=127.0.0.1:3901 CORDON_LOG=warn
# The tester asks more often than a program should.
export CORDON_API_RATE=1000000
unset CORDON_ORIGIN CORDON_SECRET CORDON_SMTP CORDON_SMTP_FROM DATABASE_URL
url=http://$CORDON_ADDR

main() {
    work=$(mktemp -d)
    portal=
    trap clean_up EXIT
    .ci/stop-postgres --forget "$data"
    start_portal
    export CORDON_URL=$url CORDON_KEY=$key
    step "The document is valid OpenAPI 3.1"
    curl -sSf "$url/api/v1/openapi.json" >"$work/openapi.json"
    "$python/python" -m openapi_spec_validator --schema 3.1 "$work/openapi.json"
    run_clients
    fuzz
}

step() { echo "-- $*"; }

clean_up() {
    [ -z "$portal" ] || { kill -TERM "$portal" 2>/dev/null && wait "$portal"; } || true
    .ci/stop-postgres --forget "$data"
    rm -rf "$work"
}

# A department with awkward places, days that are missing, a correction: then the portal.
start_portal() {
    step "Starting a portal on $url"
    key=$(target/debug/cordon onboard alder --name 'Alder County' --contact epi@alder.example 2>/dev/null)
    {
        echo date,location_id,new_cases
        for month in {1..24}; do
            for day in {1..28}; do
                date=$(printf '%d-%02d-%02d' $((2024 + (month - 1) / 12)) $(((month - 1) % 12 + 1)) "$day")
                echo "$date,alder-city,$((day * month * 7 % 31))"
                echo "$date,\"north, rural\",$((day * month * 5 % 17))"
            done
        done
        echo '2025-12-03,Ålesund/1,-4'
    } >"$work/cases.csv"
    target/debug/cordon import alder "$work/cases.csv" --as-of 2026-01-01 --corrections >/dev/null
    target/debug/cordon serve >"$work/portal.log" 2>&1 &
    portal=$!
    for _ in {1..300}; do
        curl -sf "$url/readyz" >/dev/null && return
        kill -0 "$portal" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/portal.log"
    echo 'the portal did not start'
    exit 1
}

run_clients() {
    mkdir "$work/clients"
    cd "$work/clients"
    step "curl.sh"
    sh "$clients/curl.sh" | tee curl.txt
    # Two pages make one table: 1,345 rows and one header.
    grep -q '^1346 observations.csv' curl.txt
    [ "$(grep -c location_id observations.csv)" = 1 ]
    step "cordon.py"
    "$python/python" "$clients/cordon.py" | tee python.txt
    grep -q '^complete up to 2025-12-21' python.txt
    if Rscript -e 'library(httr2); library(ggplot2)' >/dev/null 2>&1; then
        step "cordon.R"
        Rscript "$clients/cordon.R"
        [ -s cases.png ]
    else
        step "SKIPPED: cordon.R, because Rscript with httr2 and ggplot2 is not installed"
    fi
    cd - >/dev/null
}

fuzz() {
    step "Asking whatever Schemathesis thinks of"
    "$python/python" -m schemathesis.cli --config-file end2end/schemathesis.toml run "$work/openapi.json" \
        --url "$url/api" --header "Authorization: Bearer $key"
    # Each answer with data is billed, so the bill says whether it came as far as the data.
    answered=$(curl -sSf -H "Authorization: Bearer $key" "$url/api/v1/usage" |
        sed 's/.*"cost_units":\([0-9]*\).*/\1/')
    echo "$answered answers had data"
    [ "$answered" -gt 200 ]
    if grep -E 'ERROR|panicked' "$work/portal.log"; then
        echo 'and the portal had faults of its own'
        exit 1
    fi
}

main "$@"
