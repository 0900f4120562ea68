// path (https://nodejs.org/api/path.html): that of POSIX
import posix from "node:internal/path";

export const { basename, dirname, extname, format, isAbsolute, join, normalize, parse, relative, resolve, sep, delimiter } = posix;
export const toNamespacedPath = (path) => path;
posix.toNamespacedPath = toNamespacedPath;
export { posix };
export default posix;
