"""Uses the generated Python client against the lab at sys.argv[1]. Every line that it prints is a fact of an answer."""

import sys
import time

from generated import Client
from generated.api.api import check, delete_check, explain, get_check, get_report, keep_report, mx, vantages
from generated.models import Asked, Choice, Job, ProblemDetails, Report, Text

client = Client(base_url=sys.argv[1], timeout=60)

explained = explain.sync(client=client, body=Text(text="441 4.4.1 No answer from host"))
print("explain", explained.symptoms[0].reply_code)

plan = mx.sync("one-of-two.test", client=client)
print("mx", [one.exchange for one in plan.exchanges])

report = check.sync(client=client, body=Asked(domain="healthy.test", vantages=[Choice(id="north")]))
assert isinstance(report, Report), report
print("check", report.asked.domain, report.verdict.status, [row.vantage for row in report.evidence])

refused = check.sync(client=client, body=Asked(domain="192.0.2.1"))
assert isinstance(refused, ProblemDetails), refused
print("refused", refused.status)

job = check.sync(client=client, body=Asked(domain="null-mx.test"), prefer="respond-async")
assert isinstance(job, Job), job
while str(job.status) != "done":
    time.sleep(0.2)
    job = get_check.sync(job.id, client=client)
print("later", job.report.verdict.status)
print("deleted", int(delete_check.sync_detailed(job.id, client=client).status_code))

link = keep_report.sync(client=client, body=report)
print("kept", get_report.sync(link.id, client=client).asked.domain)

print("vantages", sorted(one.id for one in vantages.sync(client=client)))
