// What an attacker is taken for: native code. bun:ffi is a way to it that needs no bug.
import { CFunction, dlopen, ptr, toArrayBuffer } from "bun:ffi";

const numbers = Array(7).fill("i64");
const libc = dlopen("libc.so.6", { syscall: { args: numbers, returns: "i64" } }).symbols;

/** A system call, by its number. */
const call = (...all) => libc.syscall(...[...all, ...Array(7).fill(0)].slice(0, 7).map(BigInt));
const text = (string) => ptr(Buffer.from(`${string}\0`));
/** Runs machine code. */
const run = (bytes) => {
    const place = call(9, 0, 4096, 7, 0x22, -1, 0);
    new Uint8Array(toArrayBuffer(Number(place), 0, bytes.length)).set(bytes);
    return new CFunction({ ptr: Number(place), args: [], returns: "i32" })();
};
