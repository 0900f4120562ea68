// FormData (https://xhr.spec.whatwg.org/#interface-formdata), and its two forms as a body
export default function (web, native) {
  web.need("blob.js");
  const { Blob, File } = globalThis;

  const textOf = (value) => `${value}`.toWellFormed();

  // What a value becomes in a form: a string or a File.
  function entryOf(value, filename) {
    if (!web.isBlob(value)) return textOf(value);
    if (web.isFile(value) && filename === undefined) return value;
    const name = filename ?? "blob", type = value.type;
    const lastModified = web.isFile(value) ? value.lastModified : undefined;
    return new File([value], name, { type, lastModified });
  }

  function checkFilename(value, count) {
    if (count > 2 && !web.isBlob(value)) throw new TypeError("only a Blob has a file name");
  }

  class FormData {
    // [name, value] each.
    #entries = [];

    constructor(form = undefined) {
      if (form !== undefined) throw new TypeError("there are no forms here to make a FormData of");
    }

    append(name, value, filename = undefined) {
      if (arguments.length < 2) throw new TypeError("append takes a name and a value");
      checkFilename(value, arguments.length);
      this.#entries.push([textOf(name), entryOf(value, filename === undefined ? undefined : textOf(filename))]);
    }

    set(name, value, filename = undefined) {
      if (arguments.length < 2) throw new TypeError("set takes a name and a value");
      checkFilename(value, arguments.length);
      const key = textOf(name), entry = [key, entryOf(value, filename === undefined ? undefined : textOf(filename))];
      const at = this.#entries.findIndex(([other]) => other === key);
      if (at < 0) return void this.#entries.push(entry);
      this.#entries[at] = entry;
      this.#entries = this.#entries.filter(([other], index) => index <= at || other !== key);
    }

    delete(name) {
      const key = textOf(name);
      this.#entries = this.#entries.filter(([other]) => other !== key);
    }

    get(name) {
      const key = textOf(name);
      return this.#entries.find(([other]) => other === key)?.[1] ?? null;
    }

    getAll(name) {
      const key = textOf(name);
      return this.#entries.filter(([other]) => other === key).map(([, value]) => value);
    }

    has(name) {
      const key = textOf(name);
      return this.#entries.some(([other]) => other === key);
    }

    forEach(callback, thisArg = undefined) {
      for (const [name, value] of this.entries()) callback.call(thisArg, value, name, this);
    }

    *entries() {
      for (let at = 0; at < this.#entries.length; at++) yield [...this.#entries[at]];
    }

    *keys() {
      for (let at = 0; at < this.#entries.length; at++) yield this.#entries[at][0];
    }

    *values() {
      for (let at = 0; at < this.#entries.length; at++) yield this.#entries[at][1];
    }

    get [Symbol.toStringTag]() {
      return "FormData";
    }

    static {
      web.isFormData = (value) => typeof value === "object" && value !== null && #entries in value;
    }
  }

  const escape = (text) => text.replace(/\r\n?|\n/g, "\r\n").replace(/\n/g, "%0A").replace(/\r/g, "%0D").replace(/"/g, "%22");

  function partOf(boundary, [name, value]) {
    const start = `--${boundary}\r\ncontent-disposition: form-data; name="${escape(name)}"`;
    if (typeof value === "string") return [`${start}\r\n\r\n${value.replace(/\r\n?|\n/g, "\r\n")}\r\n`];
    const type = value.type === "" ? "application/octet-stream" : value.type;
    const filename = value.name.replace(/\n/g, "%0A").replace(/\r/g, "%0D").replace(/"/g, "%22");
    return [`${start}; filename="${filename}"\r\ncontent-type: ${type}\r\n\r\n`, value, "\r\n"];
  }

  // A form as a body: bytes and their content-type.
  web.encodeForm = (form) => {
    const boundary = `----bunbase-${native.randomUuid()}`;
    const parts = [...FormData.prototype.entries.call(form)].flatMap((entry) => partOf(boundary, entry));
    const blob = new Blob([...parts, `--${boundary}--\r\n`]);
    return { content: web.bytesOfBlob(blob), type: `multipart/form-data; boundary=${boundary}` };
  };

  // A body as a form.
  web.decodeForm = (bytes, type) => {
    const [essence, ...parameters] = type.split(";").map((text) => text.trim());
    if (essence.toLowerCase() === "application/x-www-form-urlencoded") return urlencoded(bytes);
    if (essence.toLowerCase() !== "multipart/form-data") throw new TypeError(`a body of type ${JSON.stringify(type)} is no form`);
    const boundary = parameters.map((text) => /^boundary=(?:"([^"]*)"|(.*))$/i.exec(text)).find((match) => match !== null);
    return multipart(bytes, boundary?.[1] ?? boundary?.[2] ?? "");
  };

  function urlencoded(bytes) {
    const form = new FormData(), list = native.parseForm(native.decodeUtf8(bytes, false, true));
    for (let at = 0; at < list.length; at += 2) form.append(list[at], list[at + 1]);
    return form;
  }

  function multipart(bytes, boundary) {
    const parts = native.parseMultipart(bytes, boundary);
    if (typeof parts === "string") throw new TypeError(`the body is no form: ${parts}`);
    const form = new FormData();
    for (const [name, filename, type, start, end] of parts) {
      const content = bytes.subarray(start, end);
      if (filename === null) form.append(name, native.decodeUtf8(content, false, true));
      else form.append(name, new File([content], filename, { type: type ?? "text/plain" }));
    }
    return form;
  }

  Object.defineProperty(FormData.prototype, Symbol.iterator, {
    value: FormData.prototype.entries, writable: true, configurable: true,
  });
  web.enumerable(FormData, ["append", "set", "delete", "get", "getAll", "has", "forEach", "entries", "keys", "values"]);
  web.define({ FormData });
}
