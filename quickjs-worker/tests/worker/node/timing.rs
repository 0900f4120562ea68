//! timers, process.

use serde_json::json;

use super::assert_values;

#[test]
fn timers_are_objects_that_can_be_cleared_refreshed_and_turned_into_numbers() {
    assert_values(&[
        (
            "new Promise((ok) => { const seen = []; const t = timers.setTimeout((x) => seen.push(x), 1, 'never'); t.unref(); timers.clearTimeout(t); clearTimeout(timers.setTimeout(() => seen.push('nor this'), 1)); timers.setTimeout((x) => ok([x, seen, t.hasRef()]), 8, 'x') })",
            json!(["x", [], false]),
        ),
        (
            "new Promise((ok) => { const seen = []; setTimeout(() => ok(seen), 5); setImmediate((x) => seen.push(x), 'immediate'); process.nextTick((x) => seen.push(x), 'tick'); clearImmediate(setImmediate(() => seen.push('never'))) })",
            json!(["tick", "immediate"]),
        ),
        ("timers_promises.setTimeout(1, 'later')", json!("later")),
        (
            "timers_promises.setTimeout(1000, 'x', { signal: AbortSignal.timeout(2) })",
            json!("throws ABORT_ERR"),
        ),
        (
            "(async () => { let n = 0; for await (const x of timers_promises.setInterval(1, 'tick')) if (++n === 3) return [n, x] })()",
            json!([3, "tick"]),
        ),
        (
            "util.promisify === util.default.promisify && timers.promises === timers_promises.default",
            json!(true),
        ),
    ]);
}

#[test]
fn the_process_says_what_there_is_to_say() {
    assert_values(&[
        (
            "[process.env.GREETING, process.cwd(), process.platform, process.default === globalThis.process, Array.isArray(process.argv)]",
            json!(["hi", "/", "linux", true, true]),
        ),
        ("(() => { process.env.NEW = 'x'; return globalThis.process.env.NEW })()", json!("x")),
        (
            "(() => { const [s, n] = process.hrtime(), later = process.hrtime([s, n]); return later[0] === 0 && later[1] >= 0 && typeof process.hrtime.bigint() === 'bigint' })()",
            json!(true),
        ),
        (
            "process.memoryUsage().heapUsed > 100000 && /^v\\d+\\./.test(process.version) && /^0\\.\\d+/.test(process.versions.quickjs)",
            json!(true),
        ),
        (
            "[typeof process.exit, Object.prototype.toString.call(globalThis.process)]",
            json!(["undefined", "[object process]"]),
        ),
    ]);
}
