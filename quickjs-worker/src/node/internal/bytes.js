// The encodings of Buffer: text to bytes and back.
import { web, native } from "node:internal";

const NAMES = new Map([
  ["utf8", "utf8"], ["utf-8", "utf8"], ["hex", "hex"], ["base64", "base64"], ["base64url", "base64url"],
  ["latin1", "latin1"], ["binary", "latin1"], ["ascii", "ascii"],
  ["utf16le", "utf16le"], ["utf-16le", "utf16le"], ["ucs2", "utf16le"], ["ucs-2", "utf16le"],
]);
// Arguments of one call: not more than the stack holds.
const CHUNK = 8192;

const { fromCharCode } = String;
const { fromBase64, fromHex } = Uint8Array;
const { toBase64, toHex } = Uint8Array.prototype;

// The encoding's one name, undefined if there is none of that name.
export const encodingOf = (name) => NAMES.get(name) ?? NAMES.get(`${name}`.toLowerCase());

function characters(codes) {
  let text = "";
  for (let at = 0; at < codes.length; at += CHUNK) text += fromCharCode.apply(null, codes.subarray(at, at + CHUNK));
  return text;
}

function fromCodes(text, bytes, width) {
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) {
    if (width === 1) bytes[at] = text.charCodeAt(at);
    else view.setUint16(2 * at, text.charCodeAt(at), true);
  }
  return bytes;
}

function toUtf16(bytes) {
  const codes = new Uint16Array(bytes.length >> 1);
  for (let at = 0; at < codes.length; at++) codes[at] = bytes[2 * at] | bytes[2 * at + 1] << 8;
  return characters(codes);
}

// Node takes both alphabets, ends at the padding and passes over what is in neither.
function fromAnyBase64(text) {
  const end = text.indexOf("=");
  const clean = (end < 0 ? text : text.slice(0, end)).replaceAll("-", "+").replaceAll("_", "/").replace(/[^A-Za-z0-9+/]/g, "");
  return fromBase64.call(Uint8Array, clean.length % 4 === 1 ? clean.slice(0, -1) : clean);
}

const DECODERS = {
  utf8: (text) => new Uint8Array(native.encodeUtf8(text.toWellFormed())),
  // Up to what is no pair of digits.
  hex: (text) => fromHex.call(Uint8Array, /^(?:[0-9a-f]{2})*/i.exec(text)[0]),
  base64: fromAnyBase64,
  base64url: fromAnyBase64,
  latin1: (text) => fromCodes(text, new Uint8Array(text.length), 1),
  ascii: (text) => fromCodes(text, new Uint8Array(text.length), 1),
  utf16le: (text) => fromCodes(text, new Uint8Array(2 * text.length), 2),
};

const ENCODERS = {
  utf8: (bytes) => native.decodeUtf8(bytes, false, true),
  hex: (bytes) => toHex.call(bytes),
  base64: (bytes) => toBase64.call(bytes),
  base64url: (bytes) => toBase64.call(bytes, { alphabet: "base64url", omitPadding: true }),
  latin1: (bytes) => characters(bytes),
  ascii: (bytes) => characters(bytes.map((byte) => byte & 0x7f)),
  utf16le: toUtf16,
};

function known(encoding) {
  const name = encodingOf(encoding);
  if (name === undefined) throw coded(new TypeError(`Unknown encoding: ${encoding}`), "ERR_UNKNOWN_ENCODING");
  return name;
}

// An error with the code that Node gives it.
export function coded(error, code) {
  error.code = code;
  return error;
}

// New bytes for a text.
export const decode = (text, encoding = "utf8") => DECODERS[known(encoding)](text);

// A text for bytes, which must be a plain Uint8Array.
export const encode = (bytes, encoding = "utf8") => ENCODERS[known(encoding)](bytes);

// The bytes of a view or a buffer as a plain Uint8Array, not copied; undefined for anything else.
export function plain(source) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof SharedArrayBuffer) return new Uint8Array(source);
  return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : undefined;
}

// The bytes of data as Node's functions take it: a text or a view.
export function bytesOf(data, encoding = "utf8") {
  const bytes = typeof data === "string" ? decode(data, encoding) : plain(data);
  if (bytes === undefined) {
    throw coded(new TypeError(`expected a string, a Buffer or a view, got ${web.kindOf(data)}`), "ERR_INVALID_ARG_TYPE");
  }
  return bytes;
}
