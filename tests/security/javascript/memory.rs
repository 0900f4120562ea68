//! Buffers that change under a native's hands: detached, shrunk, shared.

use super::arena::{Attack, Family};

pub const FAMILY: Family = Family { name: "memory", attacks: ATTACKS, scenes: &[] };

const ATTACKS: &[Attack] = &[
    Attack {
        name: "a body that is detached while the Response is made",
        code: "const buffer = new ArrayBuffer(8); const made = new Response(buffer, { get status() { buffer.detached || buffer.transfer(0); return 200; } });
            return [(await made.bytes()).length, buffer.detached];",
        seen: "8,true",
    },
    Attack {
        name: "a body that is resized while the Response is made",
        code: "const buffer = new ArrayBuffer(8, { maxByteLength: 1 << 20 }); const made = new Response(new Uint8Array(buffer), { get headers() { buffer.resize(0); return undefined; } });
            return (await made.bytes()).length;",
        seen: "8",
    },
    Attack {
        name: "bytes that are detached while they are decoded",
        code: "const view = new Uint8Array(64).fill(65); return [new TextDecoder().decode(view, { get stream() { view.buffer.transfer(); return false; } }).length,
                new TextDecoder('utf-16le').decode(new DataView(new ArrayBuffer(64)), { get stream() { return true; } }).length];",
        seen: "0,32",
    },
    Attack {
        name: "random values for what is detached, shrunk or follows its buffer",
        code: "const detached = new Uint8Array(64); detached.buffer.transfer(); const shrunk = new ArrayBuffer(64, { maxByteLength: 64 }), fixed = new Uint8Array(shrunk, 32, 32), follows = new Uint8Array(shrunk); shrunk.resize(4);
            return [detached, fixed, follows].map((array) => { try { return crypto.getRandomValues(array).length; } catch (error) { return error.name; } });",
        seen: "TypeError,TypeError,4",
    },
    Attack {
        name: "random values for an array that lies about its length",
        code: "const buffer = new ArrayBuffer(64, { maxByteLength: 64 }), array = new Uint8Array(buffer);
            Object.defineProperty(array, 'byteLength', { get() { buffer.resize(0); return 60000; } });
            try { return crypto.getRandomValues(array).length; } catch (error) { return error.name; }",
        seen: "RangeError",
    },
    Attack {
        name: "transferring twice, and while it is cloned",
        code: "const buffer = new ArrayBuffer(8), late = new ArrayBuffer(8), shared = new SharedArrayBuffer(8), outcomes = [
                () => structuredClone(0, { transfer: [buffer, buffer] }), () => structuredClone({ get x() { late.transfer(); return 1; } }, { transfer: [late] }), () => structuredClone(0, { transfer: [shared] }), () => structuredClone(shared)];
            return outcomes.map((attempt) => { try { attempt(); return 'moved'; } catch (error) { return error.name; } });",
        seen: "DataCloneError,DataCloneError,DataCloneError,DataCloneError",
    },
    Attack {
        name: "shared memory as a body, a text, a digest",
        code: "const shared = new SharedArrayBuffer(8), view = new Uint8Array(shared);
            const outcomes = [() => new Response(view).bytes(), () => new TextDecoder().decode(shared), () => crypto.subtle.digest('SHA-256', view), () => new Blob([view]).bytes()];
            return (await Promise.allSettled(outcomes.map(async (attempt) => attempt()))).length;",
        seen: "4",
    },
    Attack {
        name: "digests and ciphers of what is detached meanwhile",
        code: "const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt']), data = new Uint8Array(1024), iv = new Uint8Array(12);
            const algorithm = { name: 'AES-GCM', get iv() { data.buffer.transfer(); return iv; } };
            return crypto.subtle.encrypt(algorithm, key, data).then((sealed) => sealed.byteLength, (error) => error.name);",
        seen: "16",
    },
    Attack {
        name: "views beyond their buffers",
        code: "const buffer = new ArrayBuffer(1 << 16, { maxByteLength: 1 << 16 }), views = [Uint8Array, Float64Array, BigInt64Array].map((View) => new View(buffer, 1 << 15)); buffer.resize(16);
            const outcomes = views.map((view) => { view[0] = view[0]; view.fill?.(view[0] ?? 0); return view.length; });
            return [outcomes, await new Response(views[0]).text(), Buffer.from(buffer).length, new DataView(buffer).byteLength];",
        seen: "...",
    },
    Attack {
        name: "sorting, copying and setting while the buffer shrinks",
        code: "const buffer = new ArrayBuffer(4096, { maxByteLength: 4096 }), array = new Uint8Array(buffer);
            array.sort((a, b) => { buffer.resize(8); return a - b; }); buffer.resize(4096);
            array.set({ length: 64, get 0() { buffer.resize(1); return 1; } }); buffer.resize(4096);
            array.fill({ valueOf() { buffer.resize(0); return 7; } }); buffer.resize(64);
            array.copyWithin({ valueOf() { buffer.resize(2); return 0; } }, 32); buffer.resize(64);
            return [array.subarray({ valueOf() { buffer.resize(0); return 0; } }).length, array.slice({ valueOf() { return 0; } }).length];",
        seen: "...",
    },
];
