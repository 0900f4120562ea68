// Bodies of requests that come by and by
export default function (web, native) {
  web.need("streams.js");

  // Bytes that wait here for the function; and at how many that it has read the host is told.
  const WINDOW = 256 * 1024, ACKNOWLEDGED_AT_ONCE = WINDOW / 4;
  const uploads = new web.Table();

  class Upload {
    #id;
    #controller;
    #received = 0;
    #acknowledged = 0;
    // All of it has come.
    #isComplete = false;
    // Until the function has cancelled the stream: it goes on then, and nobody sees it.
    #isWanted = true;

    constructor(id, first) {
      this.#id = id;
      this.stream = web.byteStream({
        start: (controller) => {
          this.#controller = controller;
          if (first !== undefined) this.take(first);
          this.#acknowledged = this.#received;
        },
        pull: () => {
          this.#acknowledge(WINDOW - this.#controller.desiredSize);
          if (this.#isComplete) this.#close();
        },
        cancel: () => {
          this.#isWanted = false;
          this.#acknowledge(0);
        },
      }, WINDOW);
    }

    // Tells the host how much has been read, if it is enough.
    #acknowledge(waiting) {
      const read = this.#received - this.#acknowledged - waiting;
      if (read <= 0 || read < ACKNOWLEDGED_AT_ONCE && this.#isWanted) return;
      this.#acknowledged += read;
      native.acknowledge(this.#id, read);
    }

    take(bytes) {
      this.#received += bytes.length;
      if (this.#isWanted) this.#controller.enqueue(bytes);
      else this.#acknowledge(0);
    }

    end() {
      this.#isComplete = true;
      if (this.#isWanted) this.#close();
    }

    // Once it is empty: whoever reads with a minimum gets what is left.
    #close() {
      if (this.#controller.desiredSize < WINDOW) return;
      this.#controller.close();
      this.#controller.byobRequest?.respond(0);
    }

    fail(reason) {
      if (this.#isWanted) this.#controller.error(reason);
    }
  }

  // The stream of an invocation's body, of which `first` is there.
  web.upload = (id, first) => {
    const upload = new Upload(id, first);
    uploads.set(id, upload);
    return upload.stream;
  };

  web.takeChunk = (id, bytes, more) => {
    const upload = uploads.get(id);
    if (upload === undefined) return;
    if (bytes !== undefined) upload.take(bytes);
    if (more) return;
    uploads.delete(id);
    upload.end();
  };

  web.endUpload = (id, reason = undefined) => {
    const upload = uploads.get(id);
    if (upload === undefined) return;
    uploads.delete(id);
    upload.fail(reason ?? new TypeError("the request is over, its body has not been read"));
  };
}
