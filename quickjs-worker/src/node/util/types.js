// util.types (https://nodejs.org/api/util.html#utiltypes)
const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
const isA = (...Classes) => (value) => Classes.some((Class) => value instanceof Class);
const viewName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const isView = (name) => (value) => viewName.call(value) === name;
const isTagged = (tag) => (value) => typeof value === "object" && value !== null && tagOf(value) === tag;
const isBox = (type) => (value) => typeof value === "object" && value !== null && typeof value.valueOf?.() === type;

export const isAnyArrayBuffer = isA(ArrayBuffer, SharedArrayBuffer);
export const isArrayBuffer = isA(ArrayBuffer);
export const isSharedArrayBuffer = isA(SharedArrayBuffer);
export const isArrayBufferView = (value) => ArrayBuffer.isView(value);
export const isTypedArray = (value) => viewName.call(value) !== undefined;
export const isDataView = isA(DataView);
export const isUint8Array = isView("Uint8Array");
export const isUint8ClampedArray = isView("Uint8ClampedArray");
export const isUint16Array = isView("Uint16Array");
export const isUint32Array = isView("Uint32Array");
export const isInt8Array = isView("Int8Array");
export const isInt16Array = isView("Int16Array");
export const isInt32Array = isView("Int32Array");
export const isFloat32Array = isView("Float32Array");
export const isFloat64Array = isView("Float64Array");
export const isBigInt64Array = isView("BigInt64Array");
export const isBigUint64Array = isView("BigUint64Array");
export const isArgumentsObject = isTagged("Arguments");
export const isAsyncFunction = (value) => typeof value === "function" && /^Async/.test(tagOf(value));
export const isGeneratorFunction = (value) => typeof value === "function" && /GeneratorFunction$/.test(tagOf(value));
export const isGeneratorObject = (value) => /Generator$/.test(tagOf(value));
export const isBigIntObject = isBox("bigint");
export const isBooleanObject = isBox("boolean");
export const isNumberObject = (value) => value instanceof Number;
export const isStringObject = isBox("string");
export const isSymbolObject = isBox("symbol");
export const isBoxedPrimitive = isA(Boolean, Number, String, BigInt, Symbol);
export const isDate = isA(Date);
export const isMap = isA(Map);
export const isSet = isA(Set);
export const isWeakMap = isA(WeakMap);
export const isWeakSet = isA(WeakSet);
export const isMapIterator = (value) => tagOf(value) === "Map Iterator";
export const isSetIterator = (value) => tagOf(value) === "Set Iterator";
export const isModuleNamespaceObject = isTagged("Module");
export const isNativeError = isA(Error);
export const isPromise = isA(Promise);
export const isRegExp = isA(RegExp);

export default {
  isAnyArrayBuffer, isArrayBuffer, isSharedArrayBuffer, isArrayBufferView, isTypedArray, isDataView, isUint8Array, isUint8ClampedArray,
  isUint16Array, isUint32Array, isInt8Array, isInt16Array, isInt32Array, isFloat32Array, isFloat64Array, isBigInt64Array, isBigUint64Array,
  isArgumentsObject, isAsyncFunction, isGeneratorFunction, isGeneratorObject, isBigIntObject, isBooleanObject, isNumberObject, isStringObject,
  isSymbolObject, isBoxedPrimitive, isDate, isMap, isSet, isWeakMap, isWeakSet, isMapIterator, isSetIterator, isModuleNamespaceObject,
  isNativeError, isPromise, isRegExp,
};
