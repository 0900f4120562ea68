// stream (https://nodejs.org/api/stream.html)
import stream from "node:internal/stream";

export const {
  addAbortSignal, compose, destroy, Duplex, finished, isDisturbed, isErrored, isReadable, PassThrough, pipeline, promises, Readable, Stream,
  Transform, Writable,
} = stream;
export default stream;
