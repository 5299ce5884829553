/** The package brings no types of its own. */
declare module "kafkajs-snappy" {
  export default function codec(): { decompress(bytes: Buffer): Promise<Buffer> };
}
