using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .functions)],
  sockets = [(name = "http", address = "127.0.0.1:1", http = (), service = "main")],
);
const functions :Workerd.Worker = (
  modules = [
    (name = "all.mjs", esModule = embed "all.mjs"),
    (name = "hello.mjs", esModule = embed "hello.mjs"),
    (name = "echo.mjs", esModule = embed "echo.mjs"),
    (name = "echo-stream.mjs", esModule = embed "echo-stream.mjs"),
  ],
  compatibilityDate = "2025-06-01",
);
