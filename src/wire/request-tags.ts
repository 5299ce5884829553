/** The tags in a request, whatever form its operation has them in, for the conditions of policies. */

interface RequestTags {
  readonly requestTags?: Readonly<Record<string, string>>;
  readonly requestTagKeys?: readonly string[];
}

/** @param input decoded and validated: `Tags` is a map or a list of pairs, `TagKeys` a list */
export function tagsOf(input: unknown): RequestTags {
  const { Tags, TagKeys } = input as {
    readonly Tags?: Readonly<Record<string, string>> | readonly Pair[];
    readonly TagKeys?: readonly string[];
  };
  if (Tags === undefined) return TagKeys === undefined ? {} : { requestTagKeys: TagKeys };
  const requestTags = Array.isArray(Tags)
    ? Object.fromEntries(Tags.map(({ Key, Value = "" }: Pair) => [Key, Value]))
    : (Tags as Readonly<Record<string, string>>);
  return { requestTags, requestTagKeys: [...Object.keys(requestTags), ...(TagKeys ?? [])] };
}

interface Pair {
  readonly Key: string;
  readonly Value?: string;
}
