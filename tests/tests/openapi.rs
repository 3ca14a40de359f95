//! `web/site/openapi.json` is generated from the types, and fresh. `NOANSWER_BLESS=1` writes it anew.

use noanswer_site::api::ROUTES;
use std::{env, fs, path::Path};

#[test]
fn the_description_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/site/openapi.json");
    let generated = format!("{:#}\n", noanswer_site::openapi::document());
    if env::var_os("NOANSWER_BLESS").is_some() {
        fs::write(&path, &generated).expect("writable");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == generated,
        "web/site/openapi.json is not what the types say: NOANSWER_BLESS=1 cargo test -p noanswer-tests --test openapi"
    );
    let document: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    // Every route of the API is described, and nothing that is none. `/v1/lab` is the demo's own.
    let served = ROUTES.iter().filter(|route| route.path.starts_with("/v1/") && route.path != "/v1/lab");
    let mut served: Vec<String> =
        served.map(|route| format!("{} {}", route.method.to_lowercase(), route.path)).collect();
    let paths = document["paths"].as_object().expect("paths").iter();
    let mut described: Vec<String> = paths
        .flat_map(|(path, methods)| {
            methods.as_object().into_iter().flatten().map(move |(method, _)| format!("{method} {path}"))
        })
        .collect();
    served.sort();
    described.sort();
    assert_eq!(described, served);
    let report = &document["components"]["schemas"]["Report"]["properties"];
    for field in ["schema", "asked", "symptoms", "plan", "evidence", "verdict"] {
        assert!(report[field].is_object(), "Report.{field}");
    }
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("nothing outside the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

/// Every `$ref` in `value`.
fn collect<'a>(value: &'a serde_json::Value, references: &mut Vec<&'a str>) {
    use serde_json::Value::{Array, Object};
    match value {
        Object(fields) => {
            references.extend(fields.get("$ref").and_then(serde_json::Value::as_str));
            fields.values().for_each(|field| collect(field, references));
        }
        Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
