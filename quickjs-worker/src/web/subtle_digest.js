// SHA-1, SHA-256, SHA-384, SHA-512
export default function (web) {
  const { subtle } = web;
  for (const name of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"]) {
    subtle.add({ name, params: { digest: {} }, digest: (data) => subtle.rust.digest(name, data) });
  }
}
