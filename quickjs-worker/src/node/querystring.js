// querystring (https://nodejs.org/api/querystring.html)
const KEPT = /[^A-Za-z0-9\-_.!~*'()]/;

export const escape = (text) => {
  const whole = typeof text === "string" ? text : `${text}`;
  return KEPT.test(whole) ? encodeURIComponent(whole.toWellFormed()) : whole;
};

// What decodeURIComponent refuses is taken byte by byte.
export const unescape = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    const bytes = [...new TextEncoder().encode(text)];
    const plain = [];
    for (let at = 0; at < bytes.length; at++) {
      const pair = bytes[at] === 0x25 ? String.fromCharCode(...bytes.slice(at + 1, at + 3)) : "";
      const isEscape = /^[0-9a-f]{2}$/i.test(pair);
      plain.push(isEscape ? Number.parseInt(pair, 16) : bytes[at]);
      if (isEscape) at += 2;
    }
    return new TextDecoder().decode(new Uint8Array(plain));
  }
};

const textOf = (value) => {
  if (typeof value === "string") return value;
  return typeof value === "bigint" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)) ? `${value}` : "";
};

export function stringify(object, separator = "&", equals = "=", options = undefined) {
  if (typeof object !== "object" || object === null) return "";
  const encode = options?.encodeURIComponent ?? querystring.escape;
  const pairs = Object.keys(object).flatMap((key) => {
    const values = Array.isArray(object[key]) ? object[key] : [object[key]];
    return values.map((value) => `${encode(key)}${equals}${encode(textOf(value))}`);
  });
  return pairs.join(separator);
}

export function parse(text, separator = "&", equals = "=", options = undefined) {
  const found = Object.create(null);
  if (typeof text !== "string" || text === "") return found;
  const most = options?.maxKeys ?? 1000, decode = options?.decodeURIComponent ?? querystring.unescape;
  const parts = text.split(separator, most > 0 ? most : undefined);
  for (const part of parts) {
    if (part === "") continue;
    const at = part.indexOf(equals);
    const [key, value] = (at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + equals.length)]).map((piece) => decode(piece.replaceAll("+", " ")));
    found[key] = key in found ? [found[key], value].flat() : value;
  }
  return found;
}

export const encode = stringify;
export const decode = parse;
const querystring = { escape, unescape, stringify, parse, encode, decode };
export default querystring;
