"""Reads a SARIF file and a JUnit file as their consumers do, and prints what they see as JSON."""
import json
import sys

from junitparser import JUnitXml
from sarif import loader

sarif = loader.load_sarif_file(sys.argv[1])
report = sarif.get_report()
suites = JUnitXml.fromfile(sys.argv[2])
print(json.dumps({
    "sarif": {severity: report.get_issue_count_for_severity(severity) for severity in report.get_severities() if report.get_issue_count_for_severity(severity) > 0},
    "records": [[record["Location"], record["Line"], record["Code"]] for record in sarif.get_records()],
    "junit": [[suite.name, suite.tests, suite.failures, suite.errors] for suite in suites],
}))
