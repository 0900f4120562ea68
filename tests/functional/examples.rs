//! Frameworks as they are on npm: the examples, deployed and called as their users would.

use bunbase_tests::{Answer, Suite, repository};
use serde_json::{Value, json};

const JSON: (&str, &str) = ("content-type", "application/json");

/// An example in service.
struct Example(Suite, &'static str);

impl Example {
    fn deployed(name: &'static str) -> Self {
        let suite = Suite::start();
        suite.deploy_folder(&repository("examples").join(name));
        Self(suite, name)
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.0.request("GET", &format!("/functions/{}{path}", self.1), headers, &[])
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let path = format!("/functions/{}{path}", self.1);
        self.0.request("POST", &path, &[JSON], body.to_string().as_bytes())
    }
}

#[test]
fn zod_takes_what_the_schema_describes_and_says_what_is_wrong_with_the_rest() {
    let zod = Example::deployed("zod");
    let schema = zod.get("", &[]).json();
    assert_eq!(schema["properties"]["customer"]["format"], "email");
    let order = json!({ "customer": "a@b.example", "items": [{ "sku": "AB-1" }, { "sku": "CD-2", "count": 3 }], "deliver": { "by": "pickup", "at": "2030-01-02" } });
    let taken = zod.post("", &order);
    assert_eq!((taken.status, &taken.json()["pieces"]), (201, &json!(4)));
    assert_eq!(taken.json()["order"]["deliver"]["at"], "2030-01-02T00:00:00.000Z");
    let refused = zod.post(
        "",
        &json!({ "customer": "nobody", "items": [], "deliver": { "by": "post", "address": "x" } }),
    );
    let fields =
        refused.json()["fieldErrors"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!((refused.status, fields), (400, vec!["customer".to_owned(), "items".to_owned()]));
    assert_eq!(zod.0.post("/functions/zod", b"no json").status, 400);
}

#[test]
fn graphql_answers_queries_mutations_and_mistakes() {
    let graphql = Example::deployed("graphql");
    let ask = |query: &str, variables: Value| {
        graphql.post("", &json!({ "query": query, "variables": variables })).json()
    };
    assert_eq!(
        ask(
            "query ($c: String) { books(contains: $c) { title author { name books { id } } } }",
            json!({ "c": "Gödel" })
        ),
        json!({ "data": { "books": [{ "title": "Gödel, Escher, Bach", "author": { "name": "Douglas Hofstadter", "books": [{ "id": "1" }] } }] } })
    );
    assert_eq!(
        ask("mutation { addBook(title: \"Lavinia\", authorId: 2) { id } }", json!({})),
        json!({ "data": { "addBook": { "id": "3" } } })
    );
    assert_eq!(
        ask("{ book(id: 3) { title } }", json!({})),
        json!({ "data": { "book": { "title": "Lavinia" } } })
    );
    assert!(
        ask("{ nothing }", json!({}))["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("Cannot query field")
    );
    let failed = ask("{ failing }", json!({}));
    assert_eq!(
        (&failed["errors"][0]["message"], &failed["data"]["failing"]),
        (&json!("Unexpected error."), &Value::Null)
    );
    let by_get =
        graphql.get("?query=%7Bbook(id:1)%7Btitle%7D%7D", &[("accept", "application/json")]);
    assert_eq!(by_get.json()["data"]["book"]["title"], "Gödel, Escher, Bach");
}
