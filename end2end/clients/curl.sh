#!/bin/sh
# What a department reported, with curl. Needs CORDON_URL and CORDON_KEY in the environment:
#     export CORDON_URL=https://cases.example CORDON_KEY=cordon_...
set -eu

# From standard input, so that the key shows in no list of processes.
ask() { printf 'header = "Authorization: Bearer %s"\n' "$CORDON_KEY" | curl -sSf --config - "$@"; }

# The places, as a table.
ask "$CORDON_URL/api/v1/locations?format=csv"

# All that is known now, a page at a time: each answer links to the next.
next="/api/v1/observations?format=csv&limit=1000"
: >observations.csv
while [ -n "$next" ]; do
    ask --dump-header headers.txt "$CORDON_URL$next" >page.csv
    # Each page begins with the header, of which one is enough.
    [ ! -s observations.csv ] || sed -i 1d page.csv
    cat page.csv >>observations.csv
    next=$(tr -d '\r' <headers.txt | sed -n 's/^link: <\(.*\)>; rel="next"$/\1/p')
done
rm headers.txt page.csv
wc -l observations.csv

# The same, as it was known at the end of a day.
ask "$CORDON_URL/api/v1/observations?as_of=$(date +%Y-%m-%d)&limit=3"
echo

# A token that stands for the key for 15 minutes, to hand to what should not hold the key.
ask -X POST "$CORDON_URL/api/v1/token" | cut -c 1-40
