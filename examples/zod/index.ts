import { z } from "zod";

const Order = z.object({
  customer: z.email(),
  items: z.array(z.object({ sku: z.string().regex(/^[A-Z]{2}-\d+$/), count: z.int().positive().default(1) })).min(1),
  deliver: z.discriminatedUnion("by", [
    z.object({ by: z.literal("post"), address: z.string() }),
    z.object({ by: z.literal("pickup"), at: z.coerce.date() }),
  ]),
});

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "GET") return Response.json(z.toJSONSchema(Order, { unrepresentable: "any" }));
    const order = Order.safeParse(await request.json().catch(() => undefined));
    if (!order.success) return Response.json(z.flattenError(order.error), { status: 400 });
    const pieces = order.data.items.reduce((sum, item) => sum + item.count, 0);
    return Response.json({ pieces, order: order.data }, { status: 201 });
  },
};
