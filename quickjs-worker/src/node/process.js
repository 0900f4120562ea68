// process (https://nodejs.org/api/process.html), as far as there is one: no files, no signals, no exit
import { web, native } from "node:internal";
import { EventEmitter } from "node:events";

const { queueMicrotask, performance } = globalThis;

export const env = { ...web.variables };
export const argv = ["bunbase", "function"];
export const execArgv = [];
export const title = "bunbase";
export const platform = "linux";
export const arch = native.arch;
export const pid = 1;
export const version = "v22.0.0";
// `node` names the release whose modules these are modelled on.
export const versions = Object.freeze({ node: version.slice(1), bunbase: native.version, quickjs: native.engine });
export const release = Object.freeze({ name: "bunbase" });
export const exitCode = undefined;

export const cwd = () => "/";
export const nextTick = (callback, ...args) => queueMicrotask(() => callback(...args));
export const uptime = () => performance.now() / 1000;

export const hrtime = (since = undefined) => {
  const nanoseconds = hrtime.bigint() - (since === undefined ? 0n : BigInt(since[0]) * 1_000_000_000n + BigInt(since[1]));
  return [Number(nanoseconds / 1_000_000_000n), Number(nanoseconds % 1_000_000_000n)];
};
hrtime.bigint = () => BigInt(Math.round(performance.now() * 1e6));

// All that the engine holds is its heap.
export const memoryUsage = () => {
  const used = native.memoryUsed();
  return { rss: used, heapTotal: used, heapUsed: used, external: 0, arrayBuffers: 0 };
};
memoryUsage.rss = () => native.memoryUsed();

export const emitWarning = (warning, options = undefined) => {
  const name = warning instanceof Error ? warning.name : (typeof options === "string" ? options : options?.type) ?? "Warning";
  console.warn(`${name}: ${warning?.message ?? warning}`);
};

// Nothing emits on it yet what a process emits: listeners may be added, as packages do when they are loaded.
const process = Object.assign(new EventEmitter(), {
  env, argv, execArgv, title, platform, arch, pid, version, versions, release, exitCode, cwd, nextTick, uptime, hrtime, memoryUsage, emitWarning,
});
Object.defineProperty(process, Symbol.toStringTag, { value: "process", configurable: true });

web.define({ process });

export const on = process.on.bind(process);
export const once = process.once.bind(process);
export const off = process.off.bind(process);
export const emit = process.emit.bind(process);
export default process;
