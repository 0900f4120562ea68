//! Time and memory without end: over within the limits, and the neighbour is answered meanwhile.

use std::thread;
use std::time::{Duration, Instant};

use super::arena::{Arena, Attack, Family, Scene, is, refused};

pub const FAMILY: Family = Family { name: "resources", attacks: ATTACKS, scenes: SCENES };

const ATTACKS: &[Attack] = &[
    Attack {
        name: "recursion without end",
        code: "const again = () => again() + 1, through = { toString: () => `${through}` }, sorted = () => [2, 1].sort(sorted);
            return [again, () => `${through}`, sorted, () => JSON.stringify({ toJSON: function toJSON() { return JSON.stringify({ toJSON }); } })].map((attempt) => { try { attempt(); return 'ended'; } catch (error) { return error.name; } });",
        seen: "RangeError,RangeError,RangeError,RangeError",
    },
    Attack {
        name: "more than there is, at once",
        code: "const outcomes = [() => new Uint8Array(2 ** 40), () => 'x'.repeat(2 ** 29), () => new Array(2 ** 32 - 1).fill(0), () => new ArrayBuffer(2 ** 31, { maxByteLength: 2 ** 40 }), () => crypto.getRandomValues(new Uint8Array(2 ** 26)), () => new Uint8Array(90 << 20).slice().slice()];
            return outcomes.map((attempt) => { try { attempt(); return 'got it'; } catch { return 'refused'; } });",
        seen: "refused,refused,refused,refused,refused,refused",
    },
];

const SCENES: &[Scene] = &[
    Scene { name: "a loop", play: |arena| timed_out(arena, "for (;;);") },
    Scene {
        name: "a loop that catches everything",
        play: |arena| timed_out(arena, "for (;;) try { for (;;); } catch {} finally { continue; }"),
    },
    Scene { name: "a loop of promises", play: |arena| timed_out(arena, "for (;;) await null;") },
    Scene {
        name: "a regular expression",
        play: |arena| timed_out(arena, "return /^(a+)+$/.test('a'.repeat(40) + 'b');"),
    },
    Scene {
        name: "searching in vain, which nothing interrupts",
        play: |arena| {
            timed_out(
                arena,
                "const many = 'a'.repeat(1 << 22); return (many + many).indexOf(many + 'b');",
            )
        },
    },
    Scene {
        name: "deriving a key, which nothing interrupts",
        play: |arena| {
            timed_out(
                arena,
                "const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']); return crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), iterations: 2_000_000 }, key, 512);",
            )
        },
    },
    Scene {
        name: "waiting for shared memory",
        play: |arena| {
            timed_out_or_refused(
                arena,
                "return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);",
            )
        },
    },
    Scene {
        name: "timers",
        play: |arena| {
            timed_out(
                arena,
                "const again = () => setTimeout(again, 0); for (let i = 0; i < 10_000; i++) again(); await new Promise(() => {});",
            )
        },
    },
    Scene { name: "memory, bit by bit", play: out_of_memory },
    Scene { name: "a loop behind the answer", play: behind_the_answer },
    Scene { name: "an answer and a log line too large for their copies", play: too_large_to_copy },
];

const LIMITS: &str = "[limits]\ntimeout = \"200ms\"\nmemory = \"64MB\"";

/// Beyond the limit: the holder's grace, an exit, and what a loaded machine adds.
const SLACK: Duration = Duration::from_millis(800);

/// The neighbour is answered while the attack runs, which is over in time.
fn meanwhile<T: Send>(
    arena: &Arena,
    code: &str,
    judge: impl Fn(bunbase_tests::Answer) -> Result<T, String> + Sync,
) -> Result<T, String> {
    let path = arena.attacker(code, LIMITS);
    let _warm = arena.suite.get("/functions/bystander");
    let begun = Instant::now();
    let (suite, path) = (&arena.suite, path.as_str());
    let outcome = thread::scope(|scope| {
        let attack = scope.spawn(move || (suite.get(path), begun.elapsed()));
        thread::sleep(Duration::from_millis(60));
        let asked = Instant::now();
        let answer = suite.get("/functions/bystander");
        is(answer.body == b"here" && asked.elapsed() < SLACK, || {
            format!("the bystander: {answer:?} after {:?}", asked.elapsed())
        })?;
        attack.join().map_err(|_| "no answer".to_owned())
    })?;
    let (answer, took) = outcome;
    is(took < Duration::from_millis(200) + SLACK, || format!("took {took:?}"))?;
    judge(answer)
}

fn timed_out(arena: &Arena, code: &str) -> Result<(), String> {
    meanwhile(arena, code, |answer| refused(&answer, 504, "timeout"))
}

/// It may be refused as well: an engine need not wait.
fn timed_out_or_refused(arena: &Arena, code: &str) -> Result<(), String> {
    meanwhile(arena, code, |answer| match answer.body.starts_with(b"TypeError") {
        true => Ok(()),
        false => refused(&answer, 504, "timeout"),
    })
}

fn out_of_memory(arena: &Arena) -> Result<(), String> {
    let code = "const all = []; try { for (;;) all.push(new Array(1000).fill({})); } finally { all.length = 0; }";
    meanwhile(arena, code, |answer| {
        // Where the last of it was too small even for an error, `null` is thrown.
        let seen = [&b"InternalError: out of memory"[..], b"undefined: undefined"];
        is(seen.contains(&&answer.body[..]), || format!("{answer:?}"))
    })
}

/// The answer comes, and the next request is answered too: the worker that is left behind in its loop is not waited for.
fn behind_the_answer(arena: &Arena) -> Result<(), String> {
    let code = "if (request.headers.get('x-again') === null) setTimeout(() => { (function again() { queueMicrotask(again); })(); }, 0); return 'answered';";
    let path = arena.attacker(code, LIMITS);
    let first = arena.suite.get(&path);
    thread::sleep(Duration::from_millis(20));
    let begun = Instant::now();
    let second = arena.suite.request("GET", &path, &[("x-again", "1")], &[]);
    is(first.body == b"answered", || format!("{first:?}"))?;
    is(begun.elapsed() < Duration::from_millis(200) + SLACK, || {
        format!("{second:?} after {:?}", begun.elapsed())
    })
}

/// What the worker copies outside of the engine's memory is bounded as well: it ends by a refusal, not by a crash.
fn too_large_to_copy(arena: &Arena) -> Result<(), String> {
    let code =
        "const large = 'x'.repeat(60 << 20); console.log(large); return new Response(large);";
    let answer = arena.suite.get(&arena.attacker(code, ""));
    is(answer.status == 502, || format!("{}", answer.status))
}
