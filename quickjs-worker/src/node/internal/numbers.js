// Buffer's methods that read and write numbers.
import { coded } from "node:internal/bytes";

// What DataView calls it, the bytes that it has, and the smallest and largest number for it.
const FIXED = [
  ["Int8", 1, -0x80, 0x7f], ["Uint8", 1, 0, 0xff],
  ["Int16", 2, -0x8000, 0x7fff], ["Uint16", 2, 0, 0xffff],
  ["Int32", 4, -0x80000000, 0x7fffffff], ["Uint32", 4, 0, 0xffffffff],
  ["BigInt64", 8, -(2n ** 63n), 2n ** 63n - 1n], ["BigUint64", 8, 0n, 2n ** 64n - 1n],
  ["Float32", 4], ["Float64", 8],
];
const NAMES = { Float32: "Float", Float64: "Double", BigInt64: "BigInt64", BigUint64: "BigUInt64" };

const outOfRange = (what, value, range) =>
  coded(new RangeError(`The value of "${what}" is out of range. It must be ${range}. Received ${value}`), "ERR_OUT_OF_RANGE");

function viewAt(buffer, offset, size) {
  if (typeof offset !== "number") throw coded(new TypeError(`The "offset" argument must be of type number`), "ERR_INVALID_ARG_TYPE");
  if (!Number.isInteger(offset)) throw outOfRange("offset", offset, "an integer");
  if (offset < 0 || offset + size > buffer.length) {
    if (buffer.length < size) throw coded(new RangeError("Attempt to access memory outside buffer bounds"), "ERR_BUFFER_OUT_OF_BOUNDS");
    throw outOfRange("offset", offset, `>= 0 and <= ${buffer.length - size}`);
  }
  return new DataView(buffer.buffer, buffer.byteOffset + offset, size);
}

function check(value, least, most) {
  if (least === undefined) return value;
  const number = typeof least === "bigint" ? value : Number(value);
  if (number < least || number > most) throw outOfRange("value", value, `>= ${least} and <= ${most}`);
  return number;
}

function fixed([kind, size, least, most], little) {
  return {
    read: (buffer, offset) => viewAt(buffer, offset, size)[`get${kind}`](0, little),
    write: (buffer, value, offset) => {
      const number = check(value, least, most);
      viewAt(buffer, offset, size)[`set${kind}`](0, number, little);
      return offset + size;
    },
  };
}

function sizeOf(size) {
  if (!Number.isInteger(size) || size < 1 || size > 6) throw outOfRange("byteLength", size, ">= 1 and <= 6");
  return size;
}

function readSized(buffer, offset, size, little, signed) {
  const view = viewAt(buffer, offset, sizeOf(size));
  let number = 0;
  for (let at = 0; at < size; at++) number = number * 256 + view.getUint8(little ? size - 1 - at : at);
  return signed && number >= 2 ** (8 * size - 1) ? number - 2 ** (8 * size) : number;
}

function writeSized(buffer, value, offset, size, little, signed) {
  const half = 2 ** (8 * sizeOf(size) - 1);
  let rest = check(value, signed ? -half : 0, signed ? half - 1 : 2 * half - 1);
  const view = viewAt(buffer, offset, size);
  if (rest < 0) rest += 2 * half;
  for (let at = 0; at < size; at++) {
    view.setUint8(little ? at : size - 1 - at, rest % 256);
    rest = Math.floor(rest / 256);
  }
  return offset + size;
}

// Node has the names with `Uint` also: `readUint8` is `readUInt8`.
function define(target, name, method) {
  for (const alias of new Set([name, name.replace("UInt", "Uint")])) {
    Object.defineProperty(target, alias, { value: method, writable: true, configurable: true });
  }
}

function defineFixed(target, row) {
  const name = NAMES[row[0]] ?? row[0].replace("Uint", "UInt");
  for (const end of row[1] === 1 ? [""] : ["LE", "BE"]) {
    const { read, write } = fixed(row, end === "LE");
    define(target, `read${name}${end}`, function (offset = 0) { return read(this, offset); });
    define(target, `write${name}${end}`, function (value, offset = 0) { return write(this, value, offset); });
  }
}

// Gives a prototype all of them.
export function mixNumbers(target) {
  for (const row of FIXED) defineFixed(target, row);
  for (const [name, signed] of [["Int", true], ["UInt", false]]) {
    for (const end of ["LE", "BE"]) {
      const little = end === "LE";
      define(target, `read${name}${end}`, function (offset, size) { return readSized(this, offset, size, little, signed); });
      define(target, `write${name}${end}`, function (value, offset, size) { return writeSized(this, value, offset, size, little, signed); });
    }
  }
}
