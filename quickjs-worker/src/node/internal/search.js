// Comparing bytes, and finding some in others.
import { bytesOf, plain } from "node:internal/bytes";

// Like that of strings: -1, 0 or 1.
export function compare(a, b) {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    if (a[at] !== b[at]) return a[at] < b[at] ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}

function matches(bytes, at, wanted) {
  for (let next = 0; next < wanted.length; next++) {
    if (bytes[at + next] !== wanted[next]) return false;
  }
  return true;
}

// From the first one on, or from the last one back.
function find(bytes, wanted, offset, forwards) {
  const last = bytes.length - wanted.length;
  const step = forwards ? 1 : -1;
  for (let at = forwards ? offset : Math.min(offset, last); at >= 0 && at <= last; at += step) {
    if (matches(bytes, at, wanted)) return at;
  }
  return -1;
}

// Where a text, a number or bytes are in a buffer; -1 if nowhere.
export function indexOf(buffer, value, offset, encoding, forwards) {
  const named = typeof offset === "string" ? offset : encoding;
  const wanted = typeof value === "number" ? Uint8Array.of(value) : bytesOf(value, named ?? "utf8");
  const asked = Math.trunc(Number(typeof offset === "string" ? undefined : offset));
  const from = Number.isNaN(asked) ? (forwards ? 0 : buffer.length) : asked < 0 ? buffer.length + asked : asked;
  if (from < 0 && !forwards) return -1;
  const start = Math.max(0, from);
  if (wanted.length === 0) return Math.min(start, buffer.length);
  return find(plain(buffer), wanted, start, forwards);
}
