//! FileReader, which packages for browsers use: the Web Platform Tests have its events, this has its results.

use crate::host::{Host, get, text};

#[test]
fn a_file_reader_reads_a_blob_in_each_way() {
    let mut host = Host::serving(
        "const read = (how, ...more) => new Promise((resolve, reject) => {
            const reader = new FileReader();
            reader.onload = () => resolve(reader.result);
            reader.onerror = () => reject(reader.error);
            reader[how](...more);
        });
        export default async () => {
            const blob = new Blob(['h\\u00e9'], { type: 'text/plain' });
            const buffer = await read('readAsArrayBuffer', blob);
            return new Response([
                new Uint8Array(buffer).join(), await read('readAsText', blob), await read('readAsText', blob, 'latin1'),
                await read('readAsDataURL', blob), (await read('readAsBinaryString', blob)).length,
                await read('readAsText', 'no blob').catch((error) => error.name),
            ].join(' ')); }",
    );
    let answer = host.ask(get(1, "/"));
    assert_eq!(text(&answer), "104,195,169 hé hÃ© data:text/plain;base64,aMOp 3 TypeError");
}

#[test]
fn an_aborted_read_has_no_result_and_says_so() {
    let mut host = Host::serving(
        "export default () => new Promise((resolve) => {
            const reader = new FileReader(), events = [];
            for (const type of ['loadstart', 'load', 'abort', 'loadend']) {
                reader.addEventListener(type, () => events.push(type));
            }
            reader.readAsText(new Blob(['a']));
            reader.abort();
            setTimeout(() => resolve(new Response(`${events} ${reader.result} ${reader.readyState}`)), 30);
        })",
    );
    assert_eq!(text(&host.ask(get(1, "/"))), "abort,loadend null 2");
}
