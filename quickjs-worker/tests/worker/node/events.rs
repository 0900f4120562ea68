//! EventEmitter, diagnostics channels.

use serde_json::json;

use super::assert_values;

#[test]
fn emitters_call_their_listeners_in_order_once_and_until_removed() {
    assert_values(&[
        ("(() => { const e = new events.EventEmitter(), seen = []; e.on('x', (a, b) => seen.push(['on', a, b])); e.prependListener('x', () => seen.push('first')); e.once('x', () => seen.push('once'));
            return [e.emit('x', 1, 2), e.emit('x', 3), e.emit('y'), seen] })()", json!([true, true, false, ["first", ["on", 1, 2], "once", "first", ["on", 3, null]]])),
        ("(() => { const e = new events.EventEmitter(), f = () => {}; e.on('x', f).once('x', f); const n = e.listenerCount('x'); e.off('x', f).off('x', f).off('x', f); return [n, e.listenerCount('x'), e.eventNames()] })()", json!([2, 0, []])),
        ("(() => { const e = new events.EventEmitter(), seen = []; e.on('newListener', (n) => seen.push('+' + n)); e.on('removeListener', (n) => seen.push('-' + n)); const f = () => {}; e.on('x', f); e.off('x', f); return seen })()", json!(["+removeListener", "+x", "-x"])),
        ("new events.EventEmitter().emit('error', new RangeError('why'))", json!("throws RangeError why")),
        ("new events.EventEmitter().emit('error', 5)", json!("throws ERR_UNHANDLED_ERROR")),
        ("new events.EventEmitter().on('x', 'no function')", json!("throws ERR_INVALID_ARG_TYPE")),
        ("(() => { function Old() { events.default.call(this) } util.inherits(Old, events.EventEmitter); const a = new Old(), b = new Old(); a.on('x', () => {}); return [a.listenerCount('x'), b.listenerCount('x'), a instanceof events.default] })()", json!([1, 0, true])),
        ("(() => { class Own extends events.default { constructor() { super(); this.n = 0; this.on('x', function () { this.n++ }) } } const o = new Own(); o.emit('x'); return o.n })()", json!(1)),
        ("(async () => { const e = new events.EventEmitter({ captureRejections: true }); const caught = events.once(e, 'error').catch((x) => x.message); e.on('x', async () => { throw new Error('late') }); e.emit('x'); return caught.then(String) })()", json!("Error: late")),
    ]);
}

#[test]
fn events_are_awaited_and_iterated_over() {
    assert_values(&[
        (
            "(() => { const e = new events.EventEmitter(); setTimeout(() => e.emit('x', 1, 2)); return events.once(e, 'x') })()",
            json!([1, 2]),
        ),
        (
            "(() => { const e = new events.EventEmitter(); setTimeout(() => e.emit('error', new RangeError('no'))); return events.once(e, 'x') })()",
            json!("throws RangeError no"),
        ),
        (
            "events.once(new events.EventEmitter(), 'x', { signal: AbortSignal.abort() })",
            json!("throws ABORT_ERR"),
        ),
        (
            "(() => { const t = new EventTarget(); setTimeout(() => t.dispatchEvent(new Event('x'))); return events.once(t, 'x').then(([e]) => e.type) })()",
            json!("x"),
        ),
        (
            "(async () => { const e = new events.EventEmitter(), seen = []; setTimeout(() => { e.emit('x', 1); e.emit('x', 2) }); for await (const [n] of events.on(e, 'x')) { seen.push(n); if (n === 2) break } return [seen, e.listenerCount('x')] })()",
            json!([[1, 2], 0]),
        ),
        (
            "(async () => { const e = new events.EventEmitter(); setTimeout(() => e.emit('error', new RangeError('no'))); for await (const x of events.on(e, 'x')); })()",
            json!("throws RangeError no"),
        ),
    ]);
}

#[test]
fn channels_tell_their_subscribers() {
    assert_values(&[
        (
            "(() => { const c = diagnostics_channel.channel('a'), seen = []; const f = (m, n) => seen.push([m, n]); c.publish(0); diagnostics_channel.subscribe('a', f); c.publish(1); const had = c.hasSubscribers; c.unsubscribe(f); c.publish(2); return [seen, had, diagnostics_channel.hasSubscribers('a')] })()",
            json!([[[1, "a"]], true, false]),
        ),
        (
            "(() => { const t = diagnostics_channel.tracingChannel('t'), seen = []; t.subscribe({ start: () => seen.push('start'), end: ({ result }) => seen.push(result) }); t.traceSync((x) => x + 1, {}, null, 1); return seen })()",
            json!(["start", 2]),
        ),
    ]);
}

#[test]
fn streams_are_read_written_transformed_and_joined() {
    assert_values(&[
        ("(async () => { const parts = []; for await (const part of stream.Readable.from(['a', 'b'])) parts.push(part); return parts })()", json!(["a", "b"])),
        ("(async () => { const parts = []; const upper = new stream.Transform({ transform(chunk, _, done) { done(null, chunk.toString().toUpperCase()) } });
            const sink = new stream.Writable({ write(chunk, _, done) { parts.push(chunk.toString()); setTimeout(done, 1) } });
            await stream.promises.pipeline(stream.Readable.from(['x', 'y']), upper, sink); return parts })()", json!(["X", "Y"])),
        ("stream.promises.pipeline(new stream.Readable({ read() { this.destroy(new RangeError('broken')) } }), new stream.PassThrough())", json!("throws RangeError broken")),
        ("(() => { const r = new stream.Readable({ read() {} }); r.setEncoding('utf8'); r.push(Buffer.from([0xe2, 0x82])); r.push(Buffer.from([0xac])); r.push(null); return events.once(r, 'data').then(([text]) => text) })()", json!("€")),
        ("(() => { const w = new stream.Writable({ highWaterMark: 2, write(c, e, done) {} }); return [w.write('a'), w.write('b'), w.writableLength, w instanceof events.EventEmitter, stream.default === stream.Stream] })()", json!([true, false, 2, true, true])),
    ]);
}
