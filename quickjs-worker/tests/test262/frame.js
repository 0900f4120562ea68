// Runs one of the language's tests. `test` stands before this text:
// { harness: [source], source, negative: the name of the error that is to be thrown, or null }.
const evaluate = (source) => (0, eval)(source);

// What the harness wants of its host.
function provide(verdict) {
  Object.assign(globalThis, {
    createIsHTMLDDA: () => null,
    reportCompare: () => void (verdict.is = "completed"),
    reportFailure: (why) => void (verdict.is = `failed: ${words(why)}`),
  });
}

function words(thrown) {
  try {
    return `${thrown?.constructor?.name ?? typeof thrown}: ${thrown?.message ?? String(thrown)}`;
  } catch {
    return "an error that can't be put in words";
  }
}

// Starts it. The verdict is there when all jobs have been done.
export function start() {
  const verdict = { is: "never done" };
  provide(verdict);
  try {
    test.harness.forEach(evaluate);
  } catch (error) {
    return { is: `harness: ${words(error)}` };
  }
  try {
    evaluate(test.source);
  } catch (error) {
    verdict.is = error?.constructor?.name === test.negative ? "completed" : `threw ${words(error)}`;
  }
  return verdict;
}

export default {
  // The test runs when the worker waits for nothing but a timer: some count what is done to promises.
  fetch() {
    const [later, Answer] = [setTimeout, Response];
    return new Promise((resolve) => {
      later(() => {
        const verdict = start();
        later(() => resolve(new Answer(verdict.is)), 0);
      }, 0);
    });
  },
};
