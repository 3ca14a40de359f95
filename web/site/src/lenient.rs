//! Evidence of a newer version: a word that this version does not know costs the attempt that says it, and nothing else.

use noanswer_core::evidence::{Attempt, ControlResult, Evidence};
use serde::de::{DeserializeOwned, Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Evidence as a client or a vantage sends it. What is missing then was not seen, so nothing false is inferred from it.
///
/// # Errors
/// When it is no evidence, in the words of the reader.
pub fn evidence(mut value: Value) -> Result<Evidence, serde_json::Error> {
    keep_known::<Attempt>(&mut value, "attempts");
    keep_known::<ControlResult>(&mut value, "controls");
    serde_json::from_value(value)
}

/// Reads the field `evidence` of a check.
///
/// # Errors
/// As for [`evidence`].
pub fn all_evidence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Evidence>, D::Error> {
    let values = Vec::<Value>::deserialize(deserializer)?;
    values.into_iter().map(evidence).collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// Reads a list, without those of its items that say a word that this version does not know.
///
/// # Errors
/// When an item is of another form.
pub fn known<'de, D: Deserializer<'de>, T: DeserializeOwned + Serialize>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    known_of(Vec::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn known_of<T: DeserializeOwned>(values: Vec<Value>) -> Result<Vec<T>, serde_json::Error> {
    let mut known = Vec::new();
    for value in values {
        if value.is_array() {
            // serde takes a list for an object, its fields in their order: nobody means that.
            return Err(serde_json::Error::custom("a list is no object"));
        }
        match serde_json::from_value(value) {
            Ok(item) => known.push(item),
            Err(error) if says_an_unknown_word(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(known)
}

/// The same, where a list that says nothing that is known must not be taken for an empty one.
///
/// # Errors
/// As for [`known`], and when nothing is left of a list that was not empty.
pub fn some_known<'de, D: Deserializer<'de>, T: DeserializeOwned + Serialize>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let values = Vec::<Value>::deserialize(deserializer)?;
    let any = !values.is_empty();
    let known = known_of(values).map_err(D::Error::custom)?;
    if any && known.is_empty() {
        return Err(D::Error::custom("this version knows none of its words"));
    }
    Ok(known)
}

fn keep_known<T: DeserializeOwned>(value: &mut Value, list: &str) {
    let Some(items) = value.get_mut(list).and_then(Value::as_array_mut) else { return };
    items.retain(|item| match serde_json::from_value::<T>(item.clone()) {
        Ok(_) => true,
        Err(error) => !says_an_unknown_word(&error),
    });
}

fn says_an_unknown_word(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("unknown variant")
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::evidence::{Grade, NetworkKind, Role, Vantage};

    #[test]
    fn an_unknown_word_costs_its_own_attempt() {
        let vantage = Vantage {
            id: "one".to_owned(),
            place: String::new(),
            role: Role::Region,
            network: "one".to_owned(),
            grade: Grade::Smtp,
            network_kind: NetworkKind::Unknown,
        };
        let attempt = Attempt::untried("mx.a.example", [192, 0, 2, 1].into(), 25, 1);
        let sent = Evidence::new(&vantage, Vec::new(), vec![attempt.clone(), attempt]);
        let mut value = serde_json::to_value(&sent).expect("JSON");
        value["attempts"][0]["outcome"] = "of_the_future".into();
        assert_eq!(evidence(value.clone()).expect("the rest").attempts.len(), 1);
        value["attempts"][1]["outcome"] = 7.into();
        assert!(evidence(value).is_err(), "what is of another form is refused");
    }
}
