// What the modules of this folder build on; a function can't import it.
export const { web, native } = import.meta;
