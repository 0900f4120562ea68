// Runs a bundle in Node or Deno: asks its handler once, and prints the body of the answer on a line of its own.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});

const { default: handler } = await import(`file://${process.argv[2]}`);
const answer = await handler.fetch(new Request("http://web-platform.test/"));
const report = `\n${await answer.text()}\n`;
process.stdout.write(report, () => process.exit(0));
