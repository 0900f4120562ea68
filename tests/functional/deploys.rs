//! A deploy is seen to load before it takes over, and is in force when it is acknowledged.

use std::process::Output;

use bunbase_tests::{Project, Suite, wait};

fn deploy(suite: &Suite, project: &Project) -> Output {
    suite.bunbase(&["deploy", project.path().to_str().unwrap()])
}

fn refused(suite: &Suite, project: &Project) -> String {
    let output = deploy(suite, project);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_module_that_does_not_load_is_refused_with_the_reason_and_the_old_version_stays() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("app", "return new Response('old')"));
    assert_eq!(suite.get("/functions/app").text(), "old");
    let workers = suite.workers();
    for (module, reason) in [
        ("throw new Error('at load'); export default { fetch() {} }", "at load"),
        ("export const nothing = 1;", "handler"),
        ("for (;;); export default { fetch() {} }", "CPU time"),
        (
            "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1)); export default {}",
            "memory",
        ),
    ] {
        let toml = "[limits]\ncpu_time = \"200ms\"\nmemory = \"16MB\"";
        let said = refused(&suite, &Project::new("app", module).toml(toml));
        assert!(said.contains(reason) && said.contains("nothing was changed"), "{said}");
        assert_eq!(suite.get("/functions/app").text(), "old");
    }
    assert_eq!(suite.workers(), workers, "the old one's worker is still the same");
}

#[test]
fn an_error_at_load_is_said_with_its_places_and_the_line_of_the_users_file() {
    let suite = Suite::start();
    let settings = "export type Settings = { port: number };\n// In no bundle.\nthrow new RangeError('no such port');\nexport const settings: Settings = { port: 1 };\n";
    let index = "import { settings } from './settings.ts';\nexport default () => Response.json(settings);\n";
    let said = refused(&suite, &Project::new("app", index).file("settings.ts", settings));
    assert!(said.contains("nothing was changed: RangeError: no such port\n    at "), "{said}");
    let quote = "  3 | throw new RangeError('no such port');\n    | ";
    let place = said.split_once("\nsettings.ts:3:").map(|(_, place)| place);
    assert!(
        place.is_some_and(|place| place.contains(&format!(": thrown here\n{quote}"))),
        "{said}"
    );
    let called = "import { fail } from './settings.ts';\n\nconst port = fail();\nexport default () => Response.json(port);\n";
    let package = "export function fail() { throw new Error('in a package'); }";
    let project = Project::new("app", called).file("settings.ts", "export * from 'broken';");
    let folder = project.path().join("node_modules/broken");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("index.js"), package).unwrap();
    let said = refused(&suite, &project);
    assert!(said.contains("called here\n  3 | const port = fail();\n"), "{said}");
}

/// What a module throws goes to a terminal.
#[test]
fn an_error_at_load_is_bounded_and_moves_no_cursor() {
    let suite = Suite::start();
    let throws = "throw new Error('\\u001b[2J\\nbunbase: all is well' + 'x'.repeat(1 << 20));\nexport default {};";
    let said = refused(&suite, &Project::new("app", throws));
    assert!(said.len() < 8 << 10 && !said.contains('\u{1b}'), "{} bytes", said.len());
    assert!(said.contains("\\u{1b}[2J\n    bunbase: all is well"), "{said}");
}

#[test]
fn an_error_at_load_has_no_secret_in_it() {
    let suite = Suite::start();
    let value = "kV9-correct-horse-battery";
    let set = suite.bunbase_with(&["secret", "set", "app", "TOKEN"], value.as_bytes());
    assert!(set.status.success(), "{set:?}");
    let throws = "throw new Error(`with ${process.env.TOKEN}`);\nexport default {};";
    let said = refused(&suite, &Project::new("app", throws));
    assert!(said.contains("with [secret TOKEN]") && !said.contains(value), "{said}");
}

/// Loading has a bound of its own: the patience is for a place on the machine.
#[test]
fn a_version_is_refused_however_long_it_takes_to_see_that_it_does_not_load() {
    let suite = Suite::with_config(&[("ipcd.toml", "apply_patience = \"100ms\"")]);
    suite.deploy(&Project::handler("app", "return new Response('old')"));
    let loops = Project::new("app", "for (;;); export default { fetch() {} }");
    let said = refused(&suite, &loops.toml("[limits]\ncpu_time = \"1s\""));
    assert!(said.contains("CPU time"), "{said}");
    assert_eq!(suite.get("/functions/app").text(), "old");
}

#[test]
fn a_version_that_there_is_no_place_to_try_is_put_in_service_with_a_warning() {
    let config =
        [("ipcd.toml", "apply_patience = \"100ms\""), ("schedulerd.toml", "max_workers = 1")];
    let suite = Suite::with_config(&config);
    let body = "await new Promise(done => setTimeout(done, 1500)); return new Response('ok')";
    suite.deploy(&Project::handler("busy", body));
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| suite.get("/functions/busy"));
        std::thread::sleep(std::time::Duration::from_millis(300));
        let output = deploy(&suite, &Project::handler("other", "return new Response('ok')"));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.contains("was not seen to load"), "{said}");
        assert_eq!(busy.join().unwrap().text(), "ok");
    });
    assert_eq!(suite.get("/functions/other").text(), "ok");
}

#[test]
fn a_first_version_that_does_not_load_is_no_function() {
    let suite = Suite::start();
    refused(&suite, &Project::new("never", "throw new Error('at load');"));
    assert_eq!(suite.get("/functions/never").status, 404);
    let shown = suite.bunbase(&["show", "never"]);
    assert_eq!(shown.status.code(), Some(3));
}

/// Its worker has loaded it before anybody asked: no request pays for the start.
#[test]
fn a_version_that_takes_over_has_a_worker_already() {
    let suite = Suite::start();
    for version in ["one", "two"] {
        suite.deploy(&Project::handler("app", &format!("return new Response('{version}')")));
        let before = suite.workers();
        assert_eq!(suite.get("/functions/app").text(), version);
        assert_eq!(suite.workers().iter().filter(|pid| !before.contains(pid)).count(), 0);
    }
}

#[test]
fn a_minimum_is_there_before_anybody_asks_and_after_each_restart() {
    let suite = Suite::start();
    let toml = "[scale]\nmin = 2\nidle = \"100ms\"";
    suite.deploy(&Project::handler("kept", "return new Response('ok')").toml(toml));
    wait::until_true("two workers", || suite.workers().len() == 2);
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(suite.workers().len(), 2, "they do not go when they are idle");
    for daemon in ["schedulerd", "ipcd"] {
        suite.kill_and_await_restart(daemon);
        wait::until_true("two workers again", || suite.workers().len() == 2);
    }
    let before = suite.workers();
    assert_eq!(suite.get("/functions/kept").text(), "ok");
    assert_eq!(suite.workers(), before, "it is one of them that answers");
}

#[test]
fn a_minimum_whose_worker_is_killed_has_another_soon() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("kept", "return new Response('ok')").toml("[scale]\nmin = 1"));
    let before = wait::until("a worker", || suite.workers().first().copied());
    nix::sys::signal::kill(before, nix::sys::signal::Signal::SIGKILL).unwrap();
    wait::until_true("another", || suite.workers().first().is_some_and(|pid| *pid != before));
}

/// Whatever happens to the old one meanwhile, its successor stands ready before it is asked back: nobody waits.
#[test]
fn a_worker_is_replaced_after_so_many_invocations_without_a_request_noticing() {
    let suite = Suite::with_config(&[("schedulerd.toml", "max_invocations = 20")]);
    let body = "globalThis.n = (globalThis.n ?? 0) + 1; return new Response(String(n))";
    suite.deploy(&Project::handler("app", body).toml("[scale]\nmax = 1"));
    let counts: Vec<u32> = (0..100)
        .map(|_| {
            let answer = suite.get("/functions/app");
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.text().parse().unwrap()
        })
        .collect();
    assert!(counts.iter().filter(|count| **count == 1).count() >= 4, "{counts:?}");
    assert!(*counts.iter().max().unwrap() < 40, "{counts:?}");
}

/// One that has leaked is replaced before it is out of memory.
#[test]
fn a_worker_that_leaks_is_replaced_before_a_request_fails() {
    let suite = Suite::start();
    let body = "(globalThis.kept ??= []).push(new Uint8Array(1 << 20).fill(1)); return new Response(String(kept.length))";
    suite.deploy(
        &Project::handler("leaks", body).toml("[limits]\nmemory = \"32MB\"\n[scale]\nmax = 1"),
    );
    let counts: Vec<u32> = (0..80)
        .map(|_| {
            let answer = suite.get("/functions/leaks");
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.text().parse().unwrap()
        })
        .collect();
    assert!(counts.iter().filter(|count| **count == 1).count() >= 2, "{counts:?}");
}
