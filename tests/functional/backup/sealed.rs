//! Secrets go with a backup as they are kept, sealed: they are of use where their key is.

use super::*;

const TOKEN: &str = "the token of app";

fn with_secret() -> Suite {
    let suite = Suite::start();
    suite.deploy_handler("app", "", "return new Response(env.TOKEN)");
    ok(&suite.bunbase_with(&["secret", "set", "app", "TOKEN"], TOKEN.as_bytes()));
    suite
}

#[test]
fn secrets_are_restored_where_their_key_is_and_refused_where_it_is_not() {
    let suite = with_secret();
    let (_folder, file) = backed_up(&suite);
    let bytes = fs::read(&file).unwrap();
    assert!(!bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()));
    let fresh = Suite::start();
    let refused = restore(&fresh, &file, &[]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("secrets.key"), "{refused:?}");
    assert_eq!(fresh.json(&["ls"])["functions"], serde_json::json!([]));
    let key = |suite: &Suite| suite.folder().join("secrets.key");
    fs::copy(key(&suite), key(&fresh)).unwrap();
    ok(&restore(&fresh, &file, &[]));
    assert_eq!(said(&fresh, "app"), TOKEN);
    fresh.kill_and_await_restart("ipcd");
    fresh.deploy_handler("app", "", "return new Response(`new ${env.TOKEN}`)");
    assert_eq!(said(&fresh, "app"), format!("new {TOKEN}"));
}

#[test]
fn a_backup_under_another_key_replaces_nothing() {
    let suite = with_secret();
    let (_folder, file) = backed_up(&suite);
    let other = with_secret();
    ok(&other.bunbase_with(&["secret", "set", "app", "TOKEN"], b"another token"));
    let refused = restore(&other, &file, &["--replace"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(!other.folder().join("registry.before-restore.db").exists(), "nothing was replaced");
    assert_eq!(said(&other, "app"), "another token");
}
