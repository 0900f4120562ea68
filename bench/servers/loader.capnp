using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .loader)],
  sockets = [(name = "http", address = "127.0.0.1:1", http = (), service = "main")],
);
const loader :Workerd.Worker = (
  modules = [
    (name = "loader", esModule = embed "loader.mjs"),
    (name = "hello", text = embed "hello.mjs"),
  ],
  compatibilityDate = "2025-06-01",
  compatibilityFlags = ["experimental"],
  bindings = [(name = "LOADER", workerLoader = (id = "functions"))],
);
