//! What the API takes and gives (OpenAPI 3.1), generated from the types. Servers serve [`OPENAPI`](super::OPENAPI), which a
//! test holds against this.

use super::ask::{Batch, Check, Controls, Text};
use super::jobs::Job;
use super::view::VantageView;
use noanswer_core::evidence::{self, Evidence};
use noanswer_core::mx::MxPlan;
use noanswer_core::ports::ProbeRequest;
use noanswer_core::report::Report;
use noanswer_core::smtp::registry::{self, Kind};
use noanswer_core::symptom::{Symptom, retry};
use noanswer_core::timestamp::Timestamp;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// What `/v1/explain` gives.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "a schema's shape, never a value")]
struct Explained {
    /// The schema's version: 1.
    schema: u32,
    /// The failures that could be read; none when there was none.
    symptoms: Vec<Symptom>,
}

/// Where something is kept.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "a schema's shape, never a value")]
struct Link {
    /// Its id, which nobody can guess.
    id: String,
    /// Its path.
    url: String,
    /// Until when.
    expires_at: Timestamp,
}

/// One of the events of a stream (WHATWG HTML s9.2).
#[derive(JsonSchema)]
#[allow(dead_code, reason = "a schema's shape, never a value")]
struct ServerSent {
    /// Its name.
    event: String,
    /// Its data: JSON.
    data: String,
}

/// RFC 9457 problem details.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "a schema's shape, never a value")]
struct ProblemDetails {
    /// Always `about:blank`: the status says which kind it is.
    r#type: String,
    /// What went wrong, in few words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What to do.
    detail: String,
}

/// Whether an operation asks for the token.
#[derive(Clone, Copy, PartialEq)]
enum Token {
    /// Never.
    Free,
    /// Where the server has one.
    Perhaps,
    /// Always.
    Always,
}

/// One operation of the API.
struct Operation {
    path: &'static str,
    method: &'static str,
    summary: &'static str,
    body: Option<Value>,
    answer: Value,
    streams: bool,
    token: Token,
    limited: bool,
    refusals: &'static [(&'static str, &'static str)],
    /// The status of what went well, and the media type of its body where there is one.
    done: (&'static str, Option<&'static str>),
}

const BODY: &[(&str, &str)] = &[
    ("400", "the body is not JSON"),
    ("413", "the body is too large"),
    ("415", "the body is not called JSON"),
    ("422", "a field is unknown, missing or cannot be used"),
];

const GONE: &[(&str, &str)] = &[("404", "there is no such thing, or no more")];

const FILLED: &[(&str, &str)] = &[
    ("404", "there is no such case, or no more"),
    ("409", "it has its lines already"),
    ("413", "the lines are too long"),
    ("422", "none of the lines is evidence"),
];

const VANTAGE: &[(&str, &str)] = &[
    ("400", "the body is not JSON"),
    ("404", "this server is no vantage"),
    ("413", "the body is too large"),
    ("415", "the body is not called JSON"),
    ("422", "a field is unknown, missing or cannot be used"),
];

const DOMAIN: &[(&str, &str)] =
    &[("400", "the path is not UTF-8"), ("422", "the text cannot be a mail domain: the detail says why")];

/// The description of the API.
pub fn document() -> Value {
    let mut schemas = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths = Map::new();
    for operation in operations(&mut schemas) {
        let (path, method) = (operation.path, operation.method);
        let entry = paths.entry(path).or_insert_with(|| json!({}));
        entry[method] = described(operation, &mut schemas);
    }
    let problem = schemas.subschema_for::<ProblemDetails>();
    let told = webhook(&mut schemas);
    let mut definitions = schemas.take_definitions(true);
    from_tables(&mut definitions);
    definitions.values_mut().for_each(enumerated);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "noanswer",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Evidence for mail that meets no answer (441 4.4.1): is it you, is it them, or the path between you?",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "tags": [
            { "name": "api", "description": "What anybody asks: read a text, plan, check, see the vantages" },
            { "name": "vantage", "description": "What a coordinator asks of a vantage" },
        ],
        "paths": paths,
        "webhooks": { "checkDone": told },
        "components": {
            "schemas": definitions,
            "responses": {
                "Problem": {
                    "description": "RFC 9457 problem details",
                    "content": { "application/problem+json": { "schema": problem } },
                },
                "Again": {
                    "description": "RFC 9457 problem details; Retry-After says when to ask again",
                    "headers": { "Retry-After": { "description": "in seconds", "schema": { "type": "integer" } } },
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// Has lists of words be `enum`, which every generator of clients knows; what each word means stands in the description.
/// (As schemars writes them, one `const` a word, some take the first for the only one.)
fn enumerated(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(enumerated),
        Value::Object(fields) => {
            let is_word = |one: &Value| one["const"].is_string();
            if let Some(Value::Array(options)) = fields.remove("oneOf") {
                let (words, others): (Vec<Value>, Vec<Value>) = options.into_iter().partition(is_word);
                let mut meant = String::new();
                for word in &words {
                    let meaning = word["description"].as_str().unwrap_or_default().replace('\n', " ");
                    meant += &format!("\n- `{}`: {meaning}", word["const"].as_str().unwrap_or_default());
                }
                let words: Value = words.into_iter().map(|mut word| word["const"].take()).collect();
                if others.is_empty() {
                    let said = fields.get("description").and_then(Value::as_str).unwrap_or_default();
                    fields.insert("description".to_owned(), format!("{said}{meant}").trim().into());
                    fields.insert("type".to_owned(), "string".into());
                    fields.insert("enum".to_owned(), words);
                } else {
                    let mut options = others;
                    if words.as_array().is_some_and(|words| !words.is_empty()) {
                        let word = json!({ "type": "string", "description": meant.trim(), "enum": words });
                        options.insert(0, word);
                    }
                    fields.insert("oneOf".to_owned(), options.into());
                }
            }
            fields.values_mut().for_each(enumerated);
        }
        _ => {}
    }
}

/// What the tables of facts know of a value that a type holds: the codes with their titles, the names of software and clouds.
fn from_tables(definitions: &mut Map<String, Value>) {
    let codes = |kinds: &[Kind], shape: &dyn Fn(&str) -> Value| -> Value {
        let known = registry::all().into_iter().filter(|entry| kinds.contains(&entry.kind));
        known.map(|entry| json!({ "const": shape(&entry.code), "title": entry.title, "description": entry.meaning })).collect()
    };
    let number = |code: &str| code.parse::<u16>().map_or(Value::Null, Value::from);
    let text = |code: &str| Value::from(code);
    let named = |rows: Vec<(&str, &str)>| -> Vec<Value> {
        rows.into_iter().map(|(key, name)| json!({ "const": key, "title": name })).collect()
    };
    let mut annotate = |schema: &str, property: Option<&str>, values: Value| {
        let Some(found) = definitions.get_mut(schema) else { return };
        let place = match property {
            Some(property) => found.pointer_mut(&format!("/properties/{property}")),
            None => Some(found),
        };
        if let Some(Value::Object(place)) = place {
            place.insert("x-known".to_owned(), values);
        }
    };
    annotate("ReplyCode", None, codes(&[Kind::Reply, Kind::Unregistered], &number));
    annotate("EnhancedStatus", None, codes(&[Kind::Enhanced, Kind::Vendor], &text));
    annotate("Symptom", Some("system_error"), codes(&[Kind::System], &text));
    let software = retry::policies().iter().map(|policy| (policy.mta, policy.name)).collect();
    annotate("Symptom", Some("mta"), named(software).into());
    let clouds = evidence::clouds().iter().map(|cloud| (cloud.key, cloud.name)).collect();
    annotate("HostFacts", Some("cloud"), named(clouds).into());
}

impl Operation {
    /// Counted among what a client may do in a minute.
    fn limited(self) -> Self {
        Self { limited: true, ..self }
    }
}

fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let of = |path, method, summary, body: Option<Value>, answer: Value| Operation {
        path,
        method,
        summary,
        refusals: if body.is_some() { BODY } else { &[] },
        body,
        answer,
        streams: false,
        token: Token::Free,
        limited: false,
        done: ("200", Some("application/json")),
    };
    let schema = |schema: schemars::Schema| schema.to_value();
    let plan = of(
        "/v1/mx/{domain}",
        "get",
        "Says where a domain's mail goes",
        None,
        schema(schemas.subschema_for::<MxPlan>()),
    );
    let check = of(
        "/v1/check",
        "post",
        "Looks from every vantage and judges. As events: plan, evidence (one a vantage), verdict, report",
        Some(schema(schemas.subschema_for::<Check>())),
        schema(schemas.subschema_for::<Report>()),
    );
    let probe = of(
        "/v1/probe",
        "post",
        "A vantage's own call: looks at addresses that come from a plan. Served by vantages alone",
        Some(schema(schemas.subschema_for::<ProbeRequest>())),
        schema(schemas.subschema_for::<Evidence>()),
    );
    let controls = of(
        "/v1/controls",
        "post",
        "A vantage's own call: whether it sees port 25 now. Served by vantages alone",
        Some(schema(schemas.subschema_for::<Controls>())),
        schema(schemas.subschema_for::<Evidence>()),
    );
    vec![
        of(
            "/v1/explain",
            "post",
            "Reads a failure text",
            Some(schema(schemas.subschema_for::<Text>())),
            schema(schemas.subschema_for::<Explained>()),
        ),
        Operation { refusals: DOMAIN, limited: true, ..plan },
        Operation { streams: true, token: Token::Perhaps, limited: true, ..check },
        of(
            "/v1/vantages",
            "get",
            "Says which vantages see port 25",
            None,
            schema(schemas.subschema_for::<Vec<VantageView>>()),
        )
        .limited(),
        Operation {
            streams: true,
            token: Token::Perhaps,
            limited: true,
            done: ("200", None),
            ..of(
                "/v1/checks",
                "post",
                "A quick look at up to 100 domains (10 on a function or Worker), as events: report or problem (one a domain, as \
                 it is done), end. Paced by the client's limit",
                Some(schema(schemas.subschema_for::<Batch>())),
                json!({}),
            )
        },
        Operation {
            refusals: GONE,
            ..of(
                "/v1/checks/{id}",
                "get",
                "A check that nobody waits for (Prefer: respond-async): how it stands, and its report. Kept for a day",
                None,
                schema(schemas.subschema_for::<Job>()),
            )
        },
        Operation {
            refusals: GONE,
            done: ("204", None),
            ..of(
                "/v1/checks/{id}",
                "delete",
                "Forgets such a check: whoever has the link may",
                None,
                json!({}),
            )
        },
        Operation { token: Token::Always, refusals: VANTAGE, ..probe },
        Operation { token: Token::Always, refusals: VANTAGE, ..controls },
        Operation {
            limited: true,
            done: ("201", Some("application/json")),
            ..of(
                "/v1/reports",
                "post",
                "Keeps a report for 30 days, judged again from its evidence: Location says under which link",
                Some(schema(schemas.subschema_for::<Report>())),
                schema(schemas.subschema_for::<Link>()),
            )
        },
        Operation {
            refusals: GONE,
            ..of(
                "/v1/reports/{id}",
                "get",
                "A report that is kept",
                None,
                schema(schemas.subschema_for::<Report>()),
            )
        },
        Operation {
            refusals: GONE,
            done: ("204", None),
            ..of("/v1/reports/{id}", "delete", "Forgets a report: whoever has the link may", None, json!({}))
        },
        Operation {
            limited: true,
            done: ("201", Some("application/json")),
            ..of(
                "/v1/cases",
                "post",
                "Opens a link for what one sending server prints, for 15 minutes",
                Some(schema(schemas.subschema_for::<Controls>())),
                schema(schemas.subschema_for::<Link>()),
            )
        },
        Operation {
            refusals: GONE,
            done: ("200", Some("text/plain")),
            ..of(
                "/v1/cases/{id}",
                "get",
                "The lines of a case, once; 204 where they have not come yet",
                None,
                schema(schemas.subschema_for::<String>()),
            )
        },
        Operation {
            limited: true,
            refusals: FILLED,
            done: ("204", None),
            ..of("/v1/cases/{id}", "put", "Gives a case its lines, at most 16 KiB, once", None, json!({}))
        },
    ]
}

fn header(description: &str, example: &str) -> Value {
    json!({ "description": description, "schema": { "type": "string" }, "example": example })
}

/// What a client that the operator knows is told of a check that is done.
fn webhook(schemas: &mut SchemaGenerator) -> Value {
    let named = |name: &str, description: &str| json!({ "name": name, "in": "header", "required": true, "description": description, "schema": { "type": "string" } });
    json!({ "post": {
        "operationId": "checkDone",
        "tags": ["api"],
        "summary": "Tells a client with a webhook that its check (Prefer: respond-async) is done. Signed as Standard Webhooks says",
        "parameters": [
            named("webhook-id", "The check's id: the same when it is told again"),
            named("webhook-timestamp", "When it was signed, in seconds since 1970"),
            named("webhook-signature", "v1, and the HMAC-SHA256 of id.timestamp.body in base64"),
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["type", "timestamp", "data"],
            "properties": {
                "type": { "const": "check.done" },
                "timestamp": schemas.subschema_for::<Timestamp>(),
                "data": schemas.subschema_for::<Job>(),
            },
        } } } },
        "responses": { "2XX": { "description": "heard; anything else is tried again, four times in all" } },
    } })
}

/// A body as it is sent.
fn example(path: &str) -> Value {
    match path {
        "/v1/explain" => json!({ "text": "441 4.4.1 No answer from host" }),
        "/v1/check" => json!({ "domain": "example.org", "symptom": "441 4.4.1 No answer from host" }),
        "/v1/checks" => json!({ "domains": ["example.org", "example.net"], "limit": 3 }),
        "/v1/probe" => json!({
            "domain": "example.org",
            "targets": [{ "preference": 10, "exchange": "mx.example.org", "address": "192.0.2.1" }],
            "round": 1,
            "patience": "quick",
            "deadline_ms": 11_000,
        }),
        _ => json!({}),
    }
}

fn described(operation: Operation, schemas: &mut SchemaGenerator) -> Value {
    let (done, media_type) = operation.done;
    let mut went_well = json!({ "description": "done" });
    if let Some(media_type) = media_type {
        went_well["content"][media_type] = json!({ "schema": operation.answer });
    }
    if operation.streams {
        went_well["content"]["text/event-stream"] =
            json!({ "schema": schemas.subschema_for::<ServerSent>() });
    }
    let mut responses = json!({});
    responses[done] = went_well;
    if operation.path == "/v1/cases/{id}" && operation.method == "get" {
        responses["204"] = json!({ "description": "the lines have not come yet" });
    }
    let again = json!({ "Retry-After": {
        "description": "After how many seconds to ask again", "schema": { "type": "integer" }, "example": 10,
    } });
    if operation.path == "/v1/check" {
        responses["202"] = json!({
            "description": "begun, with `Prefer: respond-async`: Location says where to look",
            "content": { "application/json": { "schema": schemas.subschema_for::<Job>() } },
            "headers": {
                "Location": header("Where to look", "/v1/checks/q0wJ0n5VRy6n4W3v4m2c1A"),
                "Preference-Applied": header("What was preferred", "respond-async"),
                "Retry-After": again["Retry-After"],
            },
        });
    }
    let mut refuse = |status: &str, words: &str| {
        let mut refusal = json!({ "$ref": "#/components/responses/Problem", "summary": words });
        if matches!(status, "429" | "503") {
            refusal["$ref"] = "#/components/responses/Again".into();
        }
        responses[status] = refusal;
    };
    for (status, words) in operation.refusals {
        refuse(status, words);
    }
    if operation.token != Token::Free {
        refuse("401", "the token is missing or wrong");
    }
    if operation.limited {
        refuse("429", "too many in a minute: Retry-After says when to come back");
    }
    if operation.limited || operation.token != Token::Free {
        refuse(
            "503",
            "the store of the limits, or of the token, does not answer: Retry-After says when to ask again",
        );
    }
    let headers = json!({
        "RateLimit-Policy": header("The limits of a client: name, quota and window in seconds", "\"checks\";q=10;w=60"),
        "RateLimit": header("What is left of the limit that was taken from, where it is counted", "\"checks\";r=9;t=60"),
        "X-Request-Id": header("The request's id, as it stands in the log", "5f3a0c9d1e2b4a67"),
    });
    responses[done]["headers"] = headers;
    let name = match (operation.method, operation.path) {
        ("post", "/v1/reports") => "keepReport",
        ("get", "/v1/reports/{id}") => "getReport",
        ("delete", "/v1/reports/{id}") => "deleteReport",
        ("post", "/v1/cases") => "openCase",
        ("get", "/v1/cases/{id}") => "readCase",
        ("put", "/v1/cases/{id}") => "fillCase",
        ("post", "/v1/checks") => "checkMany",
        ("get", "/v1/checks/{id}") => "getCheck",
        ("delete", "/v1/checks/{id}") => "deleteCheck",
        (_, path) => path.trim_start_matches("/v1/").split('/').next().unwrap_or_default(),
    };
    let tag = if operation.token == Token::Always { "vantage" } else { "api" };
    let mut described = json!({
        "operationId": name,
        "tags": [tag],
        "summary": operation.summary,
        "responses": responses,
    });
    if let Some(body) = operation.body {
        described["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": body, "example": example(operation.path) } } });
    }
    match operation.token {
        Token::Free => {}
        // A server without a token takes checks from everybody.
        Token::Perhaps => described["security"] = json!([{ "token": [] }, {}]),
        Token::Always => described["security"] = json!([{ "token": [] }]),
    }
    if operation.path.starts_with("/v1/cases/") && operation.method == "put" {
        let lines = json!({ "text/plain": { "schema": schemas.subschema_for::<String>() } });
        described["requestBody"] = json!({ "required": true, "content": lines });
    }
    if operation.path == "/v1/check" {
        let schema = json!({ "type": "string" });
        described["parameters"] = json!([{ "name": "Prefer", "in": "header", "required": false, "schema": schema,
            "description": "respond-async: answer at once (202), and look later where Location says (RFC 7240)" }]);
    }
    if operation.token == Token::Always {
        let schema =
            json!({ "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$" });
        described["parameters"] = json!([{ "name": "Noanswer-Nonce", "in": "header", "required": false, "schema": schema,
            "description": "A word that no other call has: the answer carries it too, so that an old one out of a cache is noticed" }]);
        described["responses"]["200"]["headers"]["Noanswer-Nonce"] =
            header("The nonce of the call, where it had one", "5f3a0c9d1e2b4a675f3a0c9d1e2b4a67");
    }
    for name in ["domain", "id"] {
        if operation.path.contains(&format!("{{{name}}}")) {
            described["parameters"] = json!([{ "name": name, "in": "path", "required": true, "schema": schemas.subschema_for::<String>() }]);
        }
    }
    described
}
