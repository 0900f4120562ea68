import { AutoRouter, cors, error, type IRequest } from "itty-router";

const { preflight, corsify } = cors({ origin: "https://app.example" });

const withToken = (request: IRequest) => {
  if (request.headers.get("authorization") !== "Bearer open sesame") return error(401, "not for you");
};

const router = AutoRouter({ before: [preflight], finally: [corsify] });

router
  .get("/", () => ({ hello: "world" }))
  .get("/add/:a/:b", ({ params }) => ({ sum: Number(params.a) + Number(params.b) }))
  .get("/search", ({ query }) => ({ found: query.q ?? null }))
  .get("/files/:path+", ({ params }) => params.path)
  .post("/echo", async (request) => ({ echoed: await request.json() }))
  .get("/secret", withToken, () => ({ secret: 42 }))
  .get("/broken", () => {
    throw new Error("something went wrong");
  });

export default router;
