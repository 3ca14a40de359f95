//! A table of DynamoDB (`DynamoDB_20120810`): partition key `pk`, TTL attribute `expires_at` in seconds since 1970.

use super::client::{CallError, Client};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

const GET: &str = "DynamoDB_20120810.GetItem";
const PUT: &str = "DynamoDB_20120810.PutItem";
const UPDATE: &str = "DynamoDB_20120810.UpdateItem";
const DELETE: &str = "DynamoDB_20120810.DeleteItem";

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

/// An item: its attributes by name, in DynamoDB's JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item(Map<String, Value>);

/// What became of a conditional write.
#[derive(Clone, Debug, PartialEq)]
pub enum Put {
    /// It is written.
    Done,
    /// The condition did not hold: this is what stands there. Nothing when it is gone meanwhile.
    There(Option<Item>),
}

impl Item {
    /// An item with the key `pk`, of no use any more at `expires_at`.
    pub fn new(pk: &str, expires_at: i64) -> Self {
        Self::default().text("pk", pk).number("expires_at", expires_at)
    }

    /// With a text.
    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), json!({ "S": value }));
        self
    }

    /// With a number.
    #[must_use]
    pub fn number(mut self, name: &str, value: i64) -> Self {
        self.0.insert(name.to_owned(), json!({ "N": value.to_string() }));
        self
    }

    /// With bytes.
    #[must_use]
    pub fn bytes(mut self, name: &str, value: &[u8]) -> Self {
        self.0.insert(name.to_owned(), json!({ "B": BASE64.encode(value) }));
        self
    }

    /// The text `name`.
    pub fn get_text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?["S"].as_str()
    }

    /// The bytes `name`.
    pub fn get_bytes(&self, name: &str) -> Option<Vec<u8>> {
        BASE64.decode(self.0.get(name)?["B"].as_str()?).ok()
    }

    /// When it expires, in seconds since 1970. DynamoDB deletes it some time after that, up to days: whoever reads it
    /// must look.
    pub fn expires_at(&self) -> Option<i64> {
        self.0.get("expires_at")?["N"].as_str()?.parse().ok()
    }
}

impl Table {
    /// The table `name`.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// Counts one more under `pk`, unless `most` are counted already: how many there are now, or nothing where it did not.
    /// What is counted is atomic: however many count at once, `most` of them are told a number.
    ///
    /// # Errors
    /// When DynamoDB does not do it. It may have counted all the same: the count errs to the side of fewer.
    pub async fn count(&self, pk: &str, most: u32, expires_at: i64) -> Result<Option<u32>, CallError> {
        let call = json!({
            "TableName": self.name,
            "Key": { "pk": { "S": pk } },
            "UpdateExpression": "SET #until = :until ADD #n :one",
            "ConditionExpression": "attribute_not_exists(#n) OR #n < :most",
            "ExpressionAttributeNames": { "#n": "n", "#until": "expires_at" },
            "ExpressionAttributeValues": {
                ":one": { "N": "1" },
                ":most": { "N": most.to_string() },
                ":until": { "N": expires_at.to_string() },
            },
            "ReturnValues": "UPDATED_NEW",
        });
        match self.client.call("dynamodb", UPDATE, &call).await {
            // It is counted, whether or not the answer says how many there are.
            Ok(answer) => {
                let now = answer["Attributes"]["n"]["N"].as_str().and_then(|count| count.parse().ok());
                Ok(Some(now.unwrap_or(most)))
            }
            Err(CallError::Condition { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes `item` where there is none yet, or only one that had expired at `now`.
    ///
    /// # Errors
    /// When DynamoDB does not do it.
    pub async fn put_new(&self, item: Item, now: i64) -> Result<Put, CallError> {
        let condition = json!({
            "ConditionExpression": "attribute_not_exists(#pk) OR #until <= :now",
            "ExpressionAttributeNames": { "#pk": "pk", "#until": "expires_at" },
            "ExpressionAttributeValues": { ":now": { "N": now.to_string() } },
        });
        self.put(item, condition).await
    }

    /// Writes `item` in the place of the one whose attribute `name` is `value`.
    ///
    /// # Errors
    /// When DynamoDB does not do it.
    pub async fn put_over(&self, item: Item, name: &str, value: &str) -> Result<Put, CallError> {
        let condition = json!({
            "ConditionExpression": "#name = :value",
            "ExpressionAttributeNames": { "#name": name },
            "ExpressionAttributeValues": { ":value": { "S": value } },
        });
        self.put(item, condition).await
    }

    /// Writes `item`, whatever stands there.
    ///
    /// # Errors
    /// When DynamoDB does not do it.
    pub async fn put_any(&self, item: Item) -> Result<(), CallError> {
        let call = json!({ "TableName": self.name, "Item": Value::Object(item.0) });
        self.client.call("dynamodb", PUT, &call).await.map(|_| ())
    }

    /// Deletes the item `pk`: what stood there. Of several who delete it at once, one is told.
    ///
    /// # Errors
    /// When DynamoDB does not do it. It may have been deleted all the same.
    pub async fn delete(&self, pk: &str) -> Result<Option<Item>, CallError> {
        let call = json!({ "TableName": self.name, "Key": { "pk": { "S": pk } }, "ReturnValues": "ALL_OLD" });
        let mut answer = self.client.call("dynamodb", DELETE, &call).await?;
        match answer["Attributes"].take() {
            Value::Object(item) => Ok(Some(Item(item))),
            _ => Ok(None),
        }
    }

    async fn put(&self, item: Item, mut call: Value) -> Result<Put, CallError> {
        call["TableName"] = self.name.as_str().into();
        call["Item"] = Value::Object(item.0);
        call["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
        match self.client.call("dynamodb", PUT, &call).await {
            Ok(_) => Ok(Put::Done),
            Err(CallError::Condition { item: Some(Value::Object(item)) }) => Ok(Put::There(Some(Item(item)))),
            Err(CallError::Condition { .. }) => Ok(Put::There(None)),
            Err(error) => Err(error),
        }
    }

    /// Reads the item `pk`, as the last write left it.
    ///
    /// # Errors
    /// When DynamoDB does not say.
    pub async fn get(&self, pk: &str) -> Result<Option<Item>, CallError> {
        let call = json!({ "TableName": self.name, "Key": { "pk": { "S": pk } }, "ConsistentRead": true });
        let mut answer = self.client.call("dynamodb", GET, &call).await?;
        match answer["Item"].take() {
            Value::Object(item) => Ok(Some(Item(item))),
            Value::Null => Ok(None),
            _ => Err(CallError::Nonsense { operation: GET, words: "the item is no object".to_owned() }),
        }
    }
}
