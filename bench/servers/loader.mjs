// Loads a worker from source text when its first request comes.
import hello from "hello";

export default {
  async fetch(request, env) {
    const id = request.headers.get("x-function");
    const code = () => ({
      compatibilityDate: "2025-06-01",
      mainModule: "main.js",
      modules: { "main.js": `${hello}\n// ${id}` },
      globalOutbound: null,
    });
    return env.LOADER.get(id, async () => code()).getEntrypoint().fetch(request);
  },
};
