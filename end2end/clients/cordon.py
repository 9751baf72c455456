"""What a department reported, with httpx and pandas.

Needs CORDON_URL and CORDON_KEY in the environment:

    export CORDON_URL=https://cases.example CORDON_KEY=cordon_...
    pip install httpx pandas
"""

import os

import httpx
import pandas as pd


def read(client: httpx.Client, path: str, **parameters) -> list[dict]:
    """All rows of a resource, page after page."""
    rows = []
    while True:
        answer = client.get(f"/api/v1/{path}", params=parameters)
        if answer.is_error:
            # A problem says what is wrong, and what to do about it.
            raise SystemExit(f"{answer.status_code}: {answer.json()['detail']}")
        page = answer.json()
        rows += page[path]
        if not page.get("next"):
            return rows
        parameters["cursor"] = page["next"]


with httpx.Client(
    base_url=os.environ["CORDON_URL"],
    headers={"Authorization": f"Bearer {os.environ['CORDON_KEY']}"},
    timeout=30,
) as client:
    places = pd.DataFrame(read(client, "locations"))
    cases = pd.DataFrame(read(client, "observations", status=["count"], days=1, limit=1000))

cases["date"] = pd.to_datetime(cases["date"])

# A day that was not reported is missing, which is not a zero.
by_day = cases.pivot(index="date", columns="location_id", values="new_cases").asfreq("D")
weekly = by_day.resample("W-SUN").sum(min_count=7)
print(places[["location_id", "name", "population"]].to_string(index=False))
print(weekly.tail(4).to_string())

# Late reports still arrive for the most recent days.
print("complete up to", cases.loc[~cases["incomplete"], "date"].max().date())
