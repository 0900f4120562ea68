import { createSchema, createYoga } from "graphql-yoga";

type Book = { id: string; title: string; authorId: string };

const authors = new Map([["1", "Douglas Hofstadter"], ["2", "Ursula K. Le Guin"]]);
const books: Book[] = [
  { id: "1", title: "Gödel, Escher, Bach", authorId: "1" },
  { id: "2", title: "The Dispossessed", authorId: "2" },
];

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Author { id: ID! name: String! books: [Book!]! }
    type Book { id: ID! title: String! author: Author! }
    type Query { books(contains: String): [Book!]! book(id: ID!): Book failing: String }
    type Mutation { addBook(title: String!, authorId: ID!): Book! }
  `,
  resolvers: {
    Query: {
      books: (_: unknown, { contains = "" }: { contains?: string }) => books.filter((book) => book.title.includes(contains)),
      book: async (_: unknown, { id }: { id: string }) => books.find((book) => book.id === id),
      failing: () => {
        throw new Error("not for clients");
      },
    },
    Book: { author: (book: Book) => ({ id: book.authorId, name: authors.get(book.authorId) }) },
    Author: { books: (author: { id: string }) => books.filter((book) => book.authorId === author.id) },
    Mutation: {
      addBook: (_: unknown, { title, authorId }: { title: string; authorId: string }) => {
        const book = { id: `${books.length + 1}`, title, authorId };
        books.push(book);
        return book;
      },
    },
  },
});

const yoga = createYoga({ schema, graphqlEndpoint: "/", graphiql: false });

export default { fetch: (request: Request, env: object, ctx: object) => yoga.fetch(request, env, ctx) };
