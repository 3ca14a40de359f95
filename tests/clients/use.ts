// Uses the types that are generated from the API's description, by openapi-fetch, against the lab at argv[2]. Every line
// that it prints is a fact of an answer; what the types do not allow does not compile.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });

const explained = await client.POST("/v1/explain", { body: { text: "441 4.4.1 No answer from host" } });
console.log("explain", explained.data?.symptoms[0]?.reply_code);

const plan = await client.GET("/v1/mx/{domain}", { params: { path: { domain: "one-of-two.test" } } });
console.log("mx", JSON.stringify(plan.data?.exchanges.map((one) => one.exchange)));

const checked = await client.POST("/v1/check", { body: { domain: "healthy.test", vantages: [{ id: "north" }] } });
const report = checked.data;
if (!report || !("asked" in report)) throw new Error("no report");
console.log("check", report.asked.domain, report.verdict.status, JSON.stringify(report.evidence.map((row) => row.vantage)));

const refused = await client.POST("/v1/check", { body: { domain: "192.0.2.1" } });
console.log("refused", refused.error?.status);

// @ts-expect-error: a domain is a text
await client.POST("/v1/check", { body: { domain: 7 } });

const begun = await client.POST("/v1/check", {
  body: { domain: "null-mx.test" },
  params: { header: { Prefer: "respond-async" } },
});
let job = begun.data;
while (job && "url" in job && job.status !== "done") {
  await new Promise((resolve) => setTimeout(resolve, 200));
  job = (await client.GET("/v1/checks/{id}", { params: { path: { id: job.id } } })).data;
}
if (!job || !("url" in job)) throw new Error("no job");
console.log("later", job.report?.verdict.status);
const deleted = await client.DELETE("/v1/checks/{id}", { params: { path: { id: job.id } } });
console.log("deleted", deleted.response.status);

const link = await client.POST("/v1/reports", { body: report });
const kept = await client.GET("/v1/reports/{id}", { params: { path: { id: link.data?.id ?? "" } } });
console.log("kept", kept.data?.asked.domain);

const seen = await client.GET("/v1/vantages");
console.log("vantages", JSON.stringify(seen.data?.map((one) => one.id).sort()));
