"""What the tools found in a portal that they attacked, against what is explained.

    findings.py DIRECTORY explained.txt

A finding is a line: the tool, what, the method, the path, the parameter. A line of explained.txt is a
finding, in which * stands for anything, and after two spaces and # the reason. Exits with 1 if there
is a finding without one, if a tool left no report, or if one did not get as far as to test.
"""

import json
import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from xml.etree import ElementTree

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def schemathesis(work):
    report = work / "schemathesis.xml"
    if not report.exists():
        yield "schemathesis left no report"
        return
    for case in ElementTree.parse(report).iter("testcase"):
        for kind in ("failure", "error"):
            for found in case.iter(kind):
                text = found.text or found.get("message") or ""
                what = next((line for line in text.splitlines() if line.startswith("- ")), text.strip())
                yield f"schemathesis {case.get('name')}: {what.removeprefix('- ').splitlines()[0]}"


def wapiti(work):
    for who, least in (("page", 20), ("admin", 10)):
        report = work / f"wapiti-{who}.json"
        if not report.exists():
            yield f"wapiti left no report of {who}"
            continue
        report = json.loads(report.read_text())
        if report["infos"]["crawled_pages_nbr"] < least:
            yield f"wapiti hardly found a page of {who}"
        yield from found_by_wapiti(report)


def found_by_wapiti(report):
    for kind in ("vulnerabilities", "anomalies"):
        for category, found in report[kind].items():
            for each in found:
                yield f"wapiti {category}: {each['method']} {each['path']} {each['parameter'] or '-'}"


def sqlmap(work):
    logs = sorted((work / "sqlmap").glob("*.log"), key=lambda log: int(log.stem))
    if not logs:
        yield "sqlmap left no report"
    for log in logs:
        target, _, said = log.read_text(errors="replace").partition("\n")
        may = re.findall(r"heuristic \((\w+)\) test shows that (.+?) might be", said)
        injected = re.findall(r"^Parameter: (.+)", said, re.MULTILINE)
        for how, parameter in may:
            yield f"sqlmap {how} heuristic: {target} {parameter}"
        for parameter in injected:
            yield f"sqlmap injection: {target} {parameter}"
        if not injected and "all tested parameters do not appear" not in said:
            yield f"sqlmap did not test: {target}"


def portal(work):
    for line in (work / "portal.log").read_text(errors="replace").splitlines():
        if re.search(r"ERROR|panicked", line):
            yield "portal " + re.sub(r"^\S+ +|reference=\S+ |\x1b\[[0-9;]*m", "", line).strip()


def main(work, explained):
    lines = [line.partition("  # ") for line in Path(explained).read_text().splitlines()]
    reasons = [line.strip() for line, _, reason in lines if line.strip() and reason.strip()]
    found = {
        ID.sub("{id}", finding)
        for tool in (schemathesis, wapiti, sqlmap, portal)
        for finding in tool(Path(work))
    }
    known = {each for each in found if any(fnmatchcase(each, line) for line in reasons)}
    for finding in sorted(known):
        print(f"explained: {finding}")
    for finding in sorted(found - known):
        print(f"FOUND: {finding}")
    print(f"{len(found - known)} findings to look into, {len(known)} explained")
    return 1 if found - known else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
