import { Failure, transform } from "@mortise/sdk";
import * as z from "zod";

export const tidyContact = transform({
  name: "tidy-contact",
  summary: "writes names, addresses and numbers in one way",
  config: z.strictObject({
    country: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .default("DE")
      .describe("two letters, for contacts that name none"),
  }),
  record: z.object({ name: z.string(), email: z.string(), phone: z.string().optional() }),
  output: z.object({
    name: z.string(),
    email: z.string(),
    phone: z.string().optional(),
    country: z.string(),
  }),
  examples: [
    {
      title: "One contact",
      input: { country: "AT" },
      records: [{ name: "  Ada   Lovelace ", email: "Ada@Example.COM ", phone: "+43 (1) 234-56" }],
      output: [
        { name: "Ada Lovelace", email: "ada@example.com", phone: "+43123456", country: "AT" },
      ],
    },
  ],
  apply({ name, email, phone }, { country }) {
    if (!email.includes("@")) throw Failure.reject("the email has no @").withField("/email");
    return [
      {
        name: name.trim().replace(/\s+/g, " "),
        email: email.trim().toLowerCase(),
        ...(phone !== undefined && { phone: digitsOf(phone) }),
        country,
      },
    ];
  },
});

function digitsOf(phone: string) {
  const plus = phone.trim().startsWith("+") ? "+" : "";
  return plus + phone.replace(/\D/g, "");
}
