import { Hono } from "hono";

type Note = { id: number; text: string };

// They last as long as the worker: a real API keeps them elsewhere.
const notes = new Map<number, Note>();

const app = new Hono();

app.get("/", (c) => c.json({ notes: [...notes.values()] }));

app.get("/notes/:id{[0-9]+}", (c) => {
  const note = notes.get(Number(c.req.param("id")));
  return note ? c.json(note) : c.json({ error: "no such note" }, 404);
});

app.post("/notes", async (c) => {
  const body: unknown = await c.req.json().catch(() => null);
  const text = typeof body === "object" && body !== null && "text" in body ? body.text : null;
  if (typeof text !== "string") return c.json({ error: 'send {"text": "…"}' }, 400);
  const note = { id: notes.size + 1, text };
  notes.set(note.id, note);
  return c.json(note, 201);
});

app.notFound((c) => c.json({ error: "not found", path: c.req.path }, 404));

export default app;
