import { heapStats } from "bun:jsc";
import { Database } from "bun:sqlite";
import { AsyncLocalStorage } from "node:async_hooks";
import { scrypt } from "node:crypto";
import { brotliCompressSync, gunzipSync, gzip, gzipSync } from "node:zlib";

const storage = new AsyncLocalStorage();
const called = (start) => new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));
const add = [0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11];

const features = {
    context: () => storage.run(7, async () => (await 0, storage.getStore())),
    timers: () => new Promise((resolve) => setTimeout(resolve, 5, "late")),
    intervals: () => new Promise((resolve) => { const i = setInterval(() => { clearInterval(i); resolve("again"); }, 2); }),
    gzip: () => gunzipSync(gzipSync("x".repeat(100000))).length,
    gzipInThread: async () => gunzipSync(await called((done) => gzip("y".repeat(100000), done))).length,
    brotli: () => brotliCompressSync("x".repeat(10000)).length > 0,
    compressed: async () => (await new Response(new Blob(["z".repeat(1000)]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer()).byteLength > 0,
    digest: async () => Buffer.from(await crypto.subtle.digest("SHA-256", new Uint8Array(1))).toString("hex").length,
    sign: async () => {
        const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
        return (await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, new Uint8Array(4))).byteLength;
    },
    rsa: async () => {
        const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
        return (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])).privateKey.type;
    },
    scrypt: async () => (await called((done) => scrypt("a", "b", 32, done))).length,
    password: async () => Bun.password.verify("x", await Bun.password.hash("x", { algorithm: "bcrypt", cost: 4 })),
    random: () => crypto.randomUUID().length,
    compiledLoop: () => { let sum = 0; const step = (a, b) => a * 3 + b; for (let i = 0; i < 1e7; i++) sum = step(i, sum) | 0; return sum; },
    garbage: () => { for (let i = 0; i < 50; i++) globalThis.kept = Array.from({ length: 50000 }, (_, n) => ({ n })); Bun.gc(true); return kept.length; },
    large: async () => { const half = Buffer.alloc(20 << 20, 1); return (await new Response(new Blob([half, half])).arrayBuffer()).byteLength; },
    wasm: async () => (await WebAssembly.instantiate(new Uint8Array(add))).instance.exports.add(1, 2),
    intl: () => new Intl.DateTimeFormat("de", { timeZone: "Europe/Berlin" }).format(new Date(0)),
    clone: () => structuredClone(new Map([[1, 2]])).size,
    regexp: () => /(\w+)\s(\w+)/.exec("ab cd").length,
    usage: () => process.memoryUsage().rss >= 0 && process.cpuUsage().user > 0 && process.hrtime.bigint() > 0n,
    form: async () => (await new Response(new URLSearchParams({ a: "b" })).formData()).get("a"),
    thread: () => new Promise((resolve, reject) => {
        const worker = new Worker(URL.createObjectURL(new Blob(["postMessage(42)"])));
        worker.onmessage = ({ data }) => (worker.terminate(), resolve(data));
        worker.onerror = ({ message }) => reject(message);
    }),
    slept: () => (Bun.sleepSync(2), true),
    heap: () => heapStats().heapSize > 0,
    database: () => Object.values(new Database(":memory:").query("select 1").get())[0],
    stack: () => new Error("x").stack.includes("blob:"),
};

export default async () => {
    const results = {};
    for (const [name, run] of Object.entries(features)) {
        try { results[name] = await run(); } catch (error) { results[name] = `failed: ${error}`; }
    }
    return Response.json(results);
};
