// url (https://nodejs.org/api/url.html)
import { coded } from "node:internal/bytes";
import querystring from "node:querystring";

const { URL, URLSearchParams } = globalThis;
const PARTS = /^([a-z][a-z0-9+.-]*:)?(?:(\/\/)(?:([^/?#]*)@)?(\[[^\]/?#]*\]|[^/?#:]*)(?::(\d*))?)?([^?#]*)(\?[^#]*)?(#.*)?$/is;
const SLASHED = new Set(["http:", "https:", "ftp:", "file:", "ws:", "wss:"]);

// The parts of a URL, as the functions older than the class URL have them.
export class Url {
  protocol = null;
  slashes = null;
  auth = null;
  host = null;
  port = null;
  hostname = null;
  hash = null;
  search = null;
  query = null;
  pathname = null;
  path = null;
  href = "";

  format() {
    return format(this);
  }

  resolve(relative) {
    return resolve(this.href, relative);
  }
}

export function parse(text, parseQuery = false, slashesDenoteHost = false) {
  if (text instanceof Url) return text;
  if (typeof text !== "string") throw coded(new TypeError(`The "url" argument must be of type string. Received ${typeof text}`), "ERR_INVALID_ARG_TYPE");
  const clean = text.trim().replace(/[\t\r\n]/g, "").replaceAll(" ", "%20");
  const isPath = clean.startsWith("//") && !slashesDenoteHost;
  const [, protocol, slashes, auth, hostname, port, pathname, search, hash] = isPath ? [undefined, undefined, undefined, undefined, undefined, undefined, ...PARTS.exec(`x:${clean.slice(1)}`).slice(6)] : PARTS.exec(clean);
  const url = new Url();
  url.protocol = protocol?.toLowerCase() ?? null;
  url.slashes = slashes === undefined ? null : true;
  url.auth = auth === undefined ? null : decodeURIComponent(auth);
  url.port = port || null;
  url.hostname = hostname === undefined ? null : hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (url.hostname !== null) url.host = hostname.toLowerCase() + (url.port === null ? "" : `:${url.port}`);
  url.hash = hash ?? null;
  url.search = search ?? (parseQuery ? "" : null);
  url.query = parseQuery ? querystring.parse((search ?? "").slice(1)) : search?.slice(1) ?? null;
  const path = isPath ? `/${pathname}` : pathname;
  url.pathname = path === "" ? (SLASHED.has(url.protocol) && url.slashes ? "/" : null) : path;
  url.path = url.pathname === null && !url.search ? null : (url.pathname ?? "") + (url.search ?? "");
  url.href = format(url);
  return url;
}

function formatParts({ protocol, slashes, auth, host, hostname, port, pathname, search, query, hash }) {
  const scheme = protocol ? (protocol.endsWith(":") ? protocol : `${protocol}:`) : "";
  const name = hostname?.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
  const authority = host ?? (name ? name + (port ? `:${port}` : "") : "");
  const login = auth && authority ? `${encodeURIComponent(auth).replace("%3A", ":")}@` : "";
  const before = slashes || (SLASHED.has(scheme) && authority) ? "//" : "";
  const queried = search ?? (query !== null && typeof query === "object" ? querystring.stringify(query) : "");
  const path = pathname && before && authority && !pathname.startsWith("/") ? `/${pathname}` : pathname ?? "";
  const mark = (text, sign) => (text && !text.startsWith(sign) ? sign + text : text ?? "");
  return scheme + before + login + authority + path.replaceAll("#", "%23").replaceAll("?", "%3F") + mark(queried, "?").replaceAll("#", "%23") + mark(hash, "#");
}

export function format(url, options = {}) {
  if (typeof url === "string") return parse(url).href;
  if (!(url instanceof URL)) return formatParts(url);
  const copy = new URL(url.href);
  if (options.fragment === false) copy.hash = "";
  if (options.search === false) copy.search = "";
  if (options.auth === false) copy.username = copy.password = "";
  return copy.href;
}

export function resolve(from, to) {
  const base = new URL(to, new URL(from, "resolve://"));
  return base.protocol === "resolve:" ? base.pathname + base.search + base.hash : base.href;
}

export function fileURLToPath(source) {
  const url = typeof source === "string" ? new URL(source) : source;
  if (url?.protocol !== "file:") throw coded(new TypeError("The URL must be of scheme file"), "ERR_INVALID_URL_SCHEME");
  if (url.hostname !== "") throw coded(new TypeError("File URL host must be \"localhost\" or empty"), "ERR_INVALID_FILE_URL_HOST");
  if (/%2f/i.test(url.pathname)) throw coded(new TypeError("File URL path must not include encoded / characters"), "ERR_INVALID_FILE_URL_PATH");
  return decodeURIComponent(url.pathname);
}

export function pathToFileURL(path) {
  const escaped = path.replace(/[%\\\n\r\t?#]/g, (character) => encodeURIComponent(character));
  return new URL(escaped.startsWith("/") ? escaped : `/${escaped}`, "file://");
}

export const domainToASCII = (domain) => URL.parse(`ws://${domain}`)?.hostname ?? "";

export const urlToHttpOptions = (url) => ({
  protocol: url.protocol, hostname: url.hostname.replace(/^\[|\]$/g, ""), hash: url.hash, search: url.search, pathname: url.pathname,
  path: url.pathname + url.search, href: url.href,
  ...(url.port === "" ? {} : { port: Number(url.port) }),
  ...(url.username || url.password ? { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` } : {}),
});

export { URL, URLSearchParams };
export default { URL, URLSearchParams, Url, parse, format, resolve, fileURLToPath, pathToFileURL, domainToASCII, urlToHttpOptions };
