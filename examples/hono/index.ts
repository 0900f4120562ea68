import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import { contextStorage, getContext } from "hono/context-storage";
import { getCookie, setCookie } from "hono/cookie";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { HTTPException } from "hono/http-exception";
import { timing } from "hono/timing";
import { z } from "zod";

type Env = { Variables: { user: string } };
type Book = { id: number; title: string };

const books = new Map<number, Book>([[1, { id: 1, title: "Gödel, Escher, Bach" }]]);

const app = new Hono<Env>();

app.use(cors({ origin: "https://app.example" }), timing(), contextStorage());
app.use(async (c, next) => {
  c.set("user", c.req.header("x-user") ?? "nobody");
  await next();
  c.header("x-user", c.get("user"));
});

// Found in whatever is called, without being passed along: AsyncLocalStorage.
const currentUser = () => getContext<Env>().var.user;

app.get("/", (c) => c.text(`Hello, ${c.req.query("name") ?? "world"}!`));
app.get("/whoami", async (c) => {
  await new Promise((done) => setTimeout(done, 5));
  return c.json({ user: currentUser() });
});
app.get("/visits", (c) => {
  const visits = Number(getCookie(c, "visits") ?? 0) + 1;
  setCookie(c, "visits", `${visits}`, { httpOnly: true, path: "/" });
  return c.json({ visits });
});

const api = new Hono<Env>();
api.get("/", etag(), (c) => c.json([...books.values()]));
api.get("/:id{[0-9]+}", (c) => {
  const book = books.get(Number(c.req.param("id")));
  if (book === undefined) throw new HTTPException(404, { message: "no such book" });
  return c.json(book);
});
api.post("/", zValidator("json", z.object({ title: z.string().min(1) })), (c) => {
  const book = { id: books.size + 1, ...c.req.valid("json") };
  books.set(book.id, book);
  return c.json(book, 201);
});
app.route("/books", api);

app.notFound((c) => c.json({ error: "not found", path: c.req.path }, 404));

export default app;
