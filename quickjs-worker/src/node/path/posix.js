// path/posix: what `node:path` is
export * from "node:path";
export { default } from "node:path";
