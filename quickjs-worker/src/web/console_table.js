// console.table, drawn as Node draws it
export default function (web) {
  const INDEX = "(index)", ITERATION = "(iteration index)", KEY = "Key", VALUES = "Values";

  const isPrimitive = (value) => value === null || (typeof value !== "object" && typeof value !== "function");

  // A cell shows no more than the first level of what is in it.
  function cell(value) {
    const isWide = !isPrimitive(value) && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 2;
    return web.inspect(value, { depth: isWide ? -1 : 0, maxArrayLength: 3, breakLength: Infinity });
  }

  const line = (widths, left, middle, right) => left + widths.map((width) => "─".repeat(width + 2)).join(middle) + right;

  function row(cells, widths) {
    const centered = cells.map((text, at) => {
      const room = widths[at] - web.widthOf(text);
      return " ".repeat(Math.floor(room / 2)) + text + " ".repeat(Math.ceil(room / 2));
    });
    return `│ ${centered.join(" │ ")} │`;
  }

  function draw(head, columns) {
    const height = Math.max(...columns.map((column) => column.length));
    const rows = Array.from({ length: height }, (_, at) => columns.map((column) => column[at] ?? ""));
    const widths = head.map((title, at) => Math.max(...[title, ...rows.map((cells) => cells[at])].map(web.widthOf)));
    return [
      line(widths, "┌", "┬", "┐"), row(head, widths), line(widths, "├", "┼", "┤"),
      ...rows.map((cells) => row(cells, widths)), line(widths, "└", "┴", "┘"),
    ].join("\n");
  }

  const numbers = (count) => Array.from({ length: count }, (_, at) => String(at));

  // A column for each property that a row has, and one for rows that are no objects.
  function drawObjects(data, properties) {
    const indices = Object.keys(data), columns = new Map(), values = [];
    indices.forEach((index, at) => {
      const item = data[index];
      if (isPrimitive(item)) return void (values[at] = cell(item));
      for (const key of properties ?? Object.keys(item)) {
        if (!columns.has(key)) columns.set(key, []);
        columns.get(key)[at] = Object.hasOwn(item, key) ? cell(item[key]) : "";
      }
    });
    const last = values.length > 0 ? [[VALUES, values]] : [];
    const all = [[INDEX, indices], ...columns, ...last];
    return draw(all.map(([title]) => title), all.map(([, column]) => column));
  }

  web.table = (data, properties) => {
    if (data === null || typeof data !== "object") return web.format([data]);
    if (properties !== undefined && !Array.isArray(properties)) throw new TypeError("the properties of a table are an array");
    if (data instanceof Map) {
      const pairs = [...data];
      return draw([ITERATION, KEY, VALUES], [numbers(pairs.length), pairs.map(([key]) => cell(key)), pairs.map(([, value]) => cell(value))]);
    }
    if (data instanceof Set) {
      const items = [...data];
      return draw([ITERATION, VALUES], [numbers(items.length), items.map(cell)]);
    }
    return drawObjects(data, properties?.map(String));
  };
}
