// Streams (https://streams.spec.whatwg.org), by the standard's reference implementation in vendor/web-streams-polyfill
export default function (web, native) {
  const streams = native.vendored("web-streams");
  const { ReadableStream, TransformStream } = streams;
  // As they are, whatever a function puts in their places.
  const { getReader, pipeThrough } = ReadableStream.prototype;
  web.define({ ...streams });

  web.readerOf = (stream) => getReader.call(stream);
  web.streamFrom = ReadableStream.from.bind(ReadableStream);
  // A stream of what comes out of another, which is locked by it.
  web.passOn = (stream) => pipeThrough.call(stream, new TransformStream());
  web.isStream = (value) => value instanceof ReadableStream;

  // Whether something has been read of it, or it has been cancelled.
  web.isDisturbed = (stream) => stream._disturbed;

  // The bytes that a stream was made of, as `{ bytes }`, as long as nobody has read any of it. A stream and its controller are a cycle, which
  // waits for a collection: bytes that somebody has taken are not to wait with it.
  const sources = new WeakMap();

  // A stream of bytes that has room for so many.
  web.byteStream = (source, highWaterMark) => new ReadableStream({ __proto__: null, type: "bytes", ...source }, { highWaterMark });

  // A stream of these bytes.
  web.streamOf = (bytes) => {
    const source = { bytes: bytes.length === 0 ? undefined : bytes };
    const stream = new ReadableStream({
      type: "bytes",
      pull(controller) {
        sources.delete(stream);
        // Closed once it is empty: whoever reads with a minimum gets what is left.
        if (source.bytes !== undefined) {
          const given = source.bytes.slice();
          source.bytes = undefined;
          return controller.enqueue(given);
        }
        controller.close();
        controller.byobRequest?.respond(0);
      },
    }, { highWaterMark: 0 });
    sources.set(stream, source);
    return stream;
  };

  // The bytes of a stream that nobody has read, without going through it; it is read then. Undefined for others.
  web.takeSource = (stream) => {
    const source = sources.get(stream);
    if (source === undefined || stream.locked || stream._disturbed) return undefined;
    sources.delete(stream);
    web.readerOf(stream);
    stream._disturbed = true;
    const { bytes = new Uint8Array() } = source;
    source.bytes = undefined;
    return bytes;
  };

  // All bytes of a stream.
  web.readAll = async (stream) => {
    const reader = web.readerOf(stream), chunks = [];
    let length = 0;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return web.concatenate(chunks, length);
        chunks.push(web.chunkOf(value));
        length += value.length;
      }
    } catch (error) {
      // It has been told already why it ends, if it was the stream that failed.
      reader.cancel(error).catch(() => {});
      throw error;
    }
  };

  web.chunkOf = (value) => {
    if (value instanceof Uint8Array) return value;
    throw new TypeError(`a body is a stream of Uint8Arrays, not of ${web.kindOf(value)}`);
  };

  web.concatenate = (chunks, length) => {
    if (chunks.length === 1) return chunks[0];
    const all = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  };
}
