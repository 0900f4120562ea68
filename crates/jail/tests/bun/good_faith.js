import child_process from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns/promises";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";

const failing = (start) => new Promise((resolve, reject) => start().on("error", reject).on("listening", resolve).on("connect", resolve));

const tries = {
    write: () => fs.writeFileSync("/x", "y"),
    append: () => fs.appendFileSync("/x", "y"),
    writeLater: () => fs.promises.writeFile("/x", "y"),
    writeByBun: () => Bun.write("/x", "y"),
    mkdir: () => fs.mkdirSync("/x"),
    mkdirs: () => fs.mkdirSync("/x/y", { recursive: true }),
    mkdtemp: () => fs.mkdtempSync("/tmp/x"),
    rmdir: () => fs.rmdirSync("/proc"),
    unlink: () => fs.unlinkSync("/worker.js"),
    remove: () => fs.rmSync("/worker.js", { recursive: true }),
    rename: () => fs.renameSync("/worker.js", "/y"),
    link: () => fs.linkSync("/worker.js", "/y"),
    symlink: () => fs.symlinkSync("/worker.js", "/y"),
    chmod: () => fs.chmodSync("/worker.js", 0o777),
    chown: () => fs.chownSync("/worker.js", 1, 1),
    utimes: () => fs.utimesSync("/worker.js", 1, 1),
    truncate: () => fs.truncateSync("/worker.js", 0),
    copy: () => fs.copyFileSync("/worker.js", "/y"),
    copyTree: () => fs.cpSync("/worker.js", "/y"),
    statfs: () => fs.statfsSync("/"),
    watch: () => fs.watch("/"),
    passwd: () => fs.readFileSync("/etc/passwd"),
    processes: () => fs.readdirSync("/proc/1"),
    memory: () => fs.openSync("/proc/self/mem", "r+"),
    spawn: () => Bun.spawn(["/bin/true"]),
    spawnSync: () => Bun.spawnSync(["/bin/true"]),
    shell: () => Bun.$`/bin/true`.text(),
    exec: () => child_process.execSync("true"),
    forked: () => child_process.fork("/worker.js"),
    fetch: () => fetch("http://127.0.0.1:9/"),
    fetchUnix: () => fetch("http://x/", { unix: "/run/x.sock" }),
    serve: () => Bun.serve({ port: 0, fetch() {} }),
    listen: () => Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }),
    connect: () => failing(() => net.connect(9, "127.0.0.1")),
    server: () => failing(() => net.createServer().listen(0)),
    datagrams: () => failing(() => dgram.createSocket("udp4").bind(0)),
    lookup: () => dns.lookup("localhost"),
    kill: () => process.kill(1, "SIGWINCH"),
    chdir: () => process.chdir("/proc"),
    priority: () => os.setPriority(0),
    home: () => os.userInfo(),
    interfaces: () => os.networkInterfaces(),
    package: () => import("react"),
};

export default async () => {
    const results = {};
    for (const [name, attempt] of Object.entries(tries)) {
        try { results[name] = `done: ${await attempt()}`; } catch (error) { results[name] = `refused: ${error?.code ?? error}`; }
    }
    return Response.json(results);
};
