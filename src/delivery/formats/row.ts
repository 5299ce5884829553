/**
 * A row between its JSON and its file: values in the order of the schema's columns.
 *
 *   boolean                            boolean
 *   tinyint, smallint, int             number
 *   bigint                             bigint
 *   float, double                      number; a float is rounded to 32 bits
 *   string, varchar                    string
 *   char                               string, padded with blanks to its length
 *   binary                             Uint8Array
 *   decimal(p,s)                       bigint: the value times 10 to the power of s
 *   date                               number: days since 1970-01-01
 *   timestamp                          bigint: nanoseconds since 1970-01-01T00:00:00Z
 *   array                              its values
 *   map                                [key, value] pairs, each key once, in the order of their first appearance
 *   struct                             values in the order of its members
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[];

export type Row = readonly Value[];
