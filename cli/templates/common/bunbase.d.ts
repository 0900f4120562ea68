// What a function is given. For editors and type checkers: nothing of it is in the bundle.

declare namespace BunBase {
  /** Variables of function.toml and of "bunbase env set". */
  interface Env {
    readonly [name: string]: string | undefined;
  }

  interface Context {
    /** Names this invocation. */
    readonly invocationId: string;
    /** Lets work go on after the answer, until limits.timeout at most. */
    waitUntil(promise: Promise<unknown>): void;
  }

  interface Handler {
    /** The path of request.url is what follows /functions/NAME. */
    fetch(request: Request, env: Env, ctx: Context): Response | Promise<Response>;
  }
}
