//! What is logged of errors names the places in the user's files.

use bunbase_tests::{Project, Suite, wait};

const INDEX: &str = "import { divide } from './math.ts';

interface Wish { kind: string }

export default { async fetch(request: Request): Promise<Response> {
    const wish: Wish = { kind: new URL(request.url).pathname };
    if (wish.kind === '/thrown') return new Response(String(divide(1, 0)));
    if (wish.kind === '/logged') console.error(new Error('logged on purpose'));
    if (wish.kind === '/rejected') void Promise.reject(new Error('rejected on purpose'));
    return new Response('ok');
} }";

const MATH: &str = "// A comment, which is in no bundle.
export type Number = number;

export function divide(a: Number, b: Number): Number {
    if (b === 0) throw new RangeError('divided by zero');
    return a / b;
}";

fn logs(suite: &Suite, place: &str) {
    wait::until_true(place, || suite.log().contains(place));
}

#[test]
fn stacks_in_the_log_name_the_users_files_lines_and_columns() {
    let suite = Suite::start();
    suite.deploy(&Project::new("maps", INDEX).file("math.ts", MATH));
    assert_eq!(suite.get("/functions/maps/thrown").status, 500);
    logs(&suite, "at divide (math.ts:5:");
    logs(&suite, "(index.ts:7:");
    assert_eq!(suite.get("/functions/maps/logged").text(), "ok");
    logs(&suite, "(index.ts:8:");
    assert_eq!(suite.get("/functions/maps/rejected").text(), "ok");
    logs(&suite, "(index.ts:9:");
    assert!(!suite.log().contains("maps.js:"), "{}", suite.log());
}

#[test]
fn a_module_that_throws_when_it_is_loaded_says_where_in_the_users_file() {
    let suite = Suite::start();
    let index = "import { divide } from './math.ts';\n\ndivide(1, 0);\nexport default () => new Response();";
    let project = Project::new("maps", index).file("math.ts", MATH);
    let refused = suite.bunbase(&["deploy", project.path().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    logs(&suite, "at divide (math.ts:5:");
    logs(&suite, "(index.ts:3:");
}
