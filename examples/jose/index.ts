import { errors, jwtVerify, SignJWT } from "jose";

const ISSUER = "https://functions.example";

const keyOf = (env: { JWT_SECRET: string }) => new TextEncoder().encode(env.JWT_SECRET);

export default {
  async fetch(request: Request, env: { JWT_SECRET: string }): Promise<Response> {
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "");
    if (token === undefined) {
      const { user } = (await request.json()) as { user: string };
      const jwt = new SignJWT({ role: "reader" }).setProtectedHeader({ alg: "HS256" }).setSubject(user);
      return Response.json({ token: await jwt.setIssuer(ISSUER).setIssuedAt().setExpirationTime("5m").sign(keyOf(env)) });
    }
    try {
      const { payload } = await jwtVerify(token, keyOf(env), { issuer: ISSUER, algorithms: ["HS256"] });
      return Response.json({ user: payload.sub, role: payload.role });
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      return Response.json({ error: error.code }, { status: 401 });
    }
  },
};
