// assert/strict: assert whose equalities are all strict
import { strict } from "node:assert";

export { AssertionError, ok, strictEqual, notStrictEqual, deepStrictEqual, notDeepStrictEqual, match, doesNotMatch, fail, ifError,
  throws, doesNotThrow, rejects, doesNotReject } from "node:assert";
export const { equal, notEqual, deepEqual, notDeepEqual } = strict;
export { strict };
export default strict;
