// Buffer (https://nodejs.org/api/buffer.html): a Uint8Array with encodings and numbers
import { web } from "node:internal";
import { bytesOf, coded, decode, encode, encodingOf, plain } from "node:internal/bytes";
import { mixNumbers } from "node:internal/numbers";
import { compare, indexOf } from "node:internal/search";

class Bytes extends Uint8Array {}

const MAX_LENGTH = 2 ** 31 - 1;

const wrong = (message) => coded(new TypeError(message), "ERR_INVALID_ARG_TYPE");

function sized(size) {
  if (typeof size !== "number") throw wrong(`The "size" argument must be of type number. Received ${typeof size}`);
  if (!(size >= 0 && size <= MAX_LENGTH)) throw coded(new RangeError(`The value of "size" is out of range. Received ${size}`), "ERR_OUT_OF_RANGE");
  return new Bytes(size);
}

const over = (bytes) => new Bytes(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function fromArray(list) {
  const bytes = new Bytes(Math.max(0, Math.trunc(Number(list.length)) || 0));
  for (let at = 0; at < bytes.length; at++) bytes[at] = list[at];
  return bytes;
}

function fromObject(value) {
  const primitive = value.valueOf?.();
  if (primitive !== value && primitive !== null && primitive !== undefined) return Buffer.from(primitive);
  if (value.length !== undefined) return fromArray(value);
  if (value.type === "Buffer" && Array.isArray(value.data)) return fromArray(value.data);
  const text = value[Symbol.toPrimitive]?.("string");
  return typeof text === "string" ? over(decode(text)) : undefined;
}

// Without `new` as well, as old packages call it.
export function Buffer(value, encodingOrOffset, length) {
  return typeof value === "number" ? sized(value) : Buffer.from(value, encodingOrOffset, length);
}

const statics = {
  poolSize: 8192,
  from(value, encodingOrOffset, length) {
    if (typeof value === "string") return over(decode(value, encodingOrOffset ?? "utf8"));
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Bytes(value, encodingOrOffset ?? 0, length);
    const made = typeof value === "object" && value !== null ? fromObject(value) : undefined;
    if (made === undefined) throw wrong(`The first argument must be a string, a Buffer, an ArrayBuffer, an Array or an Array-like Object. Received ${typeof value}`);
    return made;
  },
  alloc: (size, fill = 0, encoding = "utf8") => (fill === 0 ? sized(size) : sized(size).fill(fill, encoding)),
  allocUnsafe: (size) => sized(size),
  allocUnsafeSlow: (size) => sized(size),
  concat(list, total = undefined) {
    if (!Array.isArray(list)) throw wrong(`The "list" argument must be an instance of Array`);
    const whole = sized(total ?? list.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of list) {
      if (!(part instanceof Uint8Array)) throw wrong("every item of the list must be a Buffer or a Uint8Array");
      if (at >= whole.length) break;
      whole.set(part.length > whole.length - at ? plain(part).subarray(0, whole.length - at) : part, at);
      at += part.length;
    }
    return whole;
  },
  byteLength: (value, encoding = "utf8") => bytesOf(value, encodingOf(encoding) ?? "utf8").length,
  compare: (a, b) => compare(bytesOf(a), bytesOf(b)),
  copyBytesFrom: (view, offset = 0, length = view.length - offset) => over(plain(view.slice(offset, offset + length))),
  isBuffer: (value) => value instanceof Buffer,
  isEncoding: (name) => typeof name === "string" && encodingOf(name) !== undefined,
  of: (...items) => fromArray(items),
};

const within = (value, least, most) => Math.min(Math.max(Math.trunc(value) || 0, least), most);

const methods = {
  toString(encoding = "utf8", start = 0, end = this.length) {
    const from = within(start, 0, this.length);
    return encode(plain(this).subarray(from, Math.max(from, within(end, 0, this.length))), encoding);
  },
  toLocaleString(...args) {
    return this.toString(...args);
  },
  toJSON() {
    return { type: "Buffer", data: Array.from(this) };
  },
  equals(other) {
    return compare(plain(this), bytesOf(other)) === 0;
  },
  compare(target, targetStart = 0, targetEnd = target.length, start = 0, end = this.length) {
    return compare(plain(this).subarray(start, end), plain(target).subarray(targetStart, targetEnd));
  },
  slice(start, end) {
    return this.subarray(start, end);
  },
  copy(target, targetStart = 0, start = 0, end = this.length) {
    const part = plain(this).subarray(start, end).subarray(0, Math.max(0, target.length - targetStart));
    target.set(part, Math.min(targetStart, target.length));
    return part.length;
  },
  // write(text[, offset[, length]][, encoding])
  write(text, ...rest) {
    const encoding = typeof rest.at(-1) === "string" ? rest.pop() : "utf8";
    const [offset = 0, length = Infinity] = rest;
    if (!(offset >= 0 && offset <= this.length)) throw coded(new RangeError(`The value of "offset" is out of range. Received ${offset}`), "ERR_OUT_OF_RANGE");
    const room = plain(this).subarray(offset, offset + Math.min(length, this.length - offset));
    if (encodingOf(encoding) === "utf8") return new TextEncoder().encodeInto(text, room).written;
    const bytes = decode(text, encoding).subarray(0, room.length);
    room.set(bytes);
    return bytes.length;
  },
  // fill(value[, start[, end]][, encoding])
  fill(value, ...rest) {
    const encoding = typeof rest.at(-1) === "string" ? rest.pop() : "utf8";
    const [start = 0, end = this.length] = rest;
    const room = plain(this).subarray(start, end);
    if (typeof value !== "string" && !(value instanceof Uint8Array)) {
      room.fill(Number(value));
      return this;
    }
    const pattern = bytesOf(value, encoding);
    if (pattern.length === 0 && value.length > 0) throw coded(new TypeError(`the value can't be ${encoding}: ${value}`), "ERR_INVALID_ARG_VALUE");
    for (let at = 0; at < room.length; at++) room[at] = pattern.length === 0 ? 0 : pattern[at % pattern.length];
    return this;
  },
  indexOf(value, offset, encoding) {
    return indexOf(this, value, offset, encoding, true);
  },
  lastIndexOf(value, offset, encoding) {
    return indexOf(this, value, offset, encoding, false);
  },
  includes(value, offset, encoding) {
    return indexOf(this, value, offset, encoding, true) >= 0;
  },
  swap16() { return swap(this, 2); },
  swap32() { return swap(this, 4); },
  swap64() { return swap(this, 8); },
  get parent() { return this.buffer; },
  get offset() { return this.byteOffset; },
  [Symbol.for("nodejs.util.inspect.custom")]() {
    const more = this.length > 50 ? ` ... ${this.length - 50} more bytes` : "";
    return `<Buffer${encode(plain(this).subarray(0, 50), "hex").replace(/../g, " $&")}${more}>`;
  },
};

function swap(buffer, size) {
  if (buffer.length % size !== 0) throw coded(new RangeError(`Buffer size must be a multiple of ${8 * size}-bits`), "ERR_INVALID_BUFFER_SIZE");
  for (let at = 0; at < buffer.length; at += size) plain(buffer).subarray(at, at + size).reverse();
  return buffer;
}

function hidden(target, source) {
  const descriptors = Object.getOwnPropertyDescriptors(source);
  for (const key of Reflect.ownKeys(descriptors)) descriptors[key].enumerable = false;
  Object.defineProperties(target, descriptors);
}

Object.setPrototypeOf(Buffer, Uint8Array);
Object.defineProperty(Buffer, "prototype", { value: Bytes.prototype, writable: false });
Object.defineProperty(Buffer, Symbol.species, { get: () => Bytes, configurable: true });
Object.defineProperty(Bytes.prototype, "constructor", { value: Buffer, writable: true, configurable: true });
hidden(Buffer, statics);
hidden(Bytes.prototype, methods);
mixNumbers(Bytes.prototype);
web.define({ Buffer });

export const SlowBuffer = (size) => sized(size);
export const kMaxLength = MAX_LENGTH;
export const kStringMaxLength = 2 ** 29 - 24;
export const constants = { MAX_LENGTH, MAX_STRING_LENGTH: kStringMaxLength };
export const INSPECT_MAX_BYTES = 50;

export const isUtf8 = (input) => {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(input);
    return true;
  } catch {
    return false;
  }
};
export const isAscii = (input) => plain(input).every((byte) => byte < 0x80);

export const transcode = (source, from, to) => over(decode(encode(plain(source), from), to));

const { atob, btoa, Blob, File } = globalThis;
export { atob, btoa, Blob, File };
export default { Buffer, SlowBuffer, kMaxLength, kStringMaxLength, constants, INSPECT_MAX_BYTES, isUtf8, isAscii, transcode, atob, btoa, Blob, File };
