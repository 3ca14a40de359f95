//! What the API takes and gives (OpenAPI 3.1), generated from the types. Servers serve [`OPENAPI`](super::OPENAPI), which a
//! test holds against this.

use super::ask::{Check, Controls, Text};
use super::view::VantageView;
use noanswer_core::evidence::{self, Evidence};
use noanswer_core::mx::MxPlan;
use noanswer_core::ports::ProbeRequest;
use noanswer_core::report::Report;
use noanswer_core::smtp::registry::{self, Kind};
use noanswer_core::symptom::{Symptom, retry};
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
}

const BODY: &[(&str, &str)] = &[
    ("400", "the body is not JSON"),
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
    let mut definitions = schemas.take_definitions(true);
    from_tables(&mut definitions);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "noanswer",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Evidence for mail that meets no answer (441 4.4.1): is it you, is it them, or the path between you?",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "responses": {
                "Problem": {
                    "description": "RFC 9457 problem details",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
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
        ),
        Operation { token: Token::Always, ..probe },
        Operation { token: Token::Always, ..controls },
    ]
}

fn described(operation: Operation, schemas: &mut SchemaGenerator) -> Value {
    let mut content = json!({ "application/json": { "schema": operation.answer } });
    if operation.streams {
        content["text/event-stream"] = json!({ "schema": schemas.subschema_for::<String>() });
    }
    let mut responses = json!({ "200": { "description": "done", "content": content } });
    let mut refuse = |status: &str, words: &str| {
        responses[status] = json!({ "$ref": "#/components/responses/Problem", "summary": words });
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
    let mut described = json!({ "summary": operation.summary, "responses": responses });
    if let Some(body) = operation.body {
        described["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": body } } });
    }
    match operation.token {
        Token::Free => {}
        // A server without a token takes checks from everybody.
        Token::Perhaps => described["security"] = json!([{ "token": [] }, {}]),
        Token::Always => described["security"] = json!([{ "token": [] }]),
    }
    if operation.path.contains("{domain}") {
        described["parameters"] = json!([{ "name": "domain", "in": "path", "required": true, "schema": schemas.subschema_for::<String>() }]);
    }
    described
}
