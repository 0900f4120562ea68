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

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
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

#[test]
fn hono_routes_validates_and_runs_its_middleware() {
    let hono = Example::deployed("hono");
    assert_eq!(hono.get("?name=you", &[]).text(), "Hello, you!");
    let book = hono.get("/books/1", &[("x-user", "me"), ("origin", "https://app.example")]);
    assert_eq!(book.json(), json!({ "id": 1, "title": "Gödel, Escher, Bach" }));
    assert_eq!(
        (header(&book, "x-user"), header(&book, "access-control-allow-origin")),
        (Some("me"), Some("https://app.example"))
    );
    assert!(header(&book, "server-timing").unwrap().starts_with("total;dur="));
    let missing = hono.get("/books/7", &[]);
    assert_eq!((missing.status, missing.text()), (404, "no such book"));
    let added = hono.post("/books", &json!({ "title": "The Dispossessed" }));
    assert_eq!(
        (added.status, added.json()),
        (201, json!({ "id": 2, "title": "The Dispossessed" }))
    );
    let refused = hono.post("/books", &json!({ "title": "" }));
    assert_eq!((refused.status, &refused.json()["success"]), (400, &json!(false)));
    assert_eq!(
        hono.get("/books/x", &[]).json(),
        json!({ "error": "not found", "path": "/books/x" })
    );
    let visit = hono.get("/visits", &[("cookie", "visits=4")]);
    assert_eq!(
        (visit.json(), header(&visit, "set-cookie")),
        (json!({ "visits": 5 }), Some("visits=5; Path=/; HttpOnly"))
    );
    let tag = header(&hono.get("/books", &[]), "etag").unwrap().to_owned();
    assert_eq!(hono.get("/books", &[("if-none-match", &tag)]).status, 304);
}

#[test]
fn hono_finds_the_context_of_each_request_in_flight() {
    let hono = Example::deployed("hono");
    std::thread::scope(|scope| {
        let hono = &hono;
        let asked: Vec<_> = (0..16)
            .map(|n| {
                let user = format!("user-{n}");
                scope.spawn(move || (hono.get("/whoami", &[("x-user", &user)]).json(), user))
            })
            .collect();
        for answer in asked {
            let (said, user) = answer.join().unwrap();
            assert_eq!(said, json!({ "user": user }));
        }
    });
}

#[test]
fn itty_router_routes_guards_and_says_what_went_wrong() {
    let itty = Example::deployed("itty-router");
    let sum = itty.get("/add/1/2", &[("origin", "https://app.example")]);
    assert_eq!(
        (sum.json(), header(&sum, "access-control-allow-origin")),
        (json!({ "sum": 3 }), Some("https://app.example"))
    );
    assert_eq!(itty.get("/search?q=a%20b", &[]).json(), json!({ "found": "a b" }));
    assert_eq!(itty.get("/files/a/b.txt", &[]).json(), json!("a/b.txt"));
    assert_eq!(itty.post("/echo", &json!([1])).json(), json!({ "echoed": [1] }));
    assert_eq!(itty.get("/secret", &[]).json(), json!({ "status": 401, "error": "not for you" }));
    assert_eq!(
        itty.get("/secret", &[("authorization", "Bearer open sesame")]).json(),
        json!({ "secret": 42 })
    );
    assert_eq!(
        itty.get("/broken", &[]).json(),
        json!({ "status": 500, "error": "something went wrong" })
    );
    // `corsify` of itty-router 5 makes an answer with status 200 of each, in Node as well: the body has what it was.
    assert_eq!(itty.get("/nowhere", &[]).json()["status"], json!(404));
}

#[test]
fn jose_verifies_what_it_has_signed_and_nothing_else() {
    let jose = Example::deployed("jose");
    let token =
        jose.post("", &json!({ "user": "me" })).json()["token"].as_str().unwrap().to_owned();
    let with = |token: &str| jose.get("", &[("authorization", &format!("Bearer {token}"))]);
    assert_eq!(with(&token).json(), json!({ "user": "me", "role": "reader" }));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    let forged = with(&format!("{signed}.{turned}"));
    assert_eq!(
        (forged.status, forged.json()),
        (401, json!({ "error": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" }))
    );
    assert_eq!(with("nonsense").json(), json!({ "error": "ERR_JWS_INVALID" }));
}
