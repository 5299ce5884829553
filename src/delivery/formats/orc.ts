/** ORC, the other format of AWS: nothing that runs on Node writes it, so it is refused by name where it is asked for. */

/** For whoever sets `OrcSerDe` on a conversion that is enabled. */
export const ORC_NOT_OFFERED =
  "OrcSerDe is not supported: this service writes Apache Parquet only. Use ParquetSerDe as the serializer.";
