import app from "./all.mjs";
Bun.serve({ port: +process.env.PORT, hostname: "127.0.0.1", fetch: app.fetch });
