/** Redshift's Data API, as delivery needs it: statements are handed over, run by themselves, and are asked for. */
import type { ObjectStore } from "../../ports.ts";
import type { Warehouse } from "./settings.ts";

export interface StatementPlace {
  readonly warehouse: Warehouse;
  readonly database: string;
  /** Of a cluster, entered with a password of the moment. */
  readonly user?: string | undefined;
  /** That holds user and password. */
  readonly secretArn?: string | undefined;
  /** Under which it is called, where that is assumed. */
  readonly roleArn: string;
}

export interface StatementRequest extends StatementPlace {
  /** One after another in one transaction. */
  readonly statements: readonly string[];
  /** Of a request that comes again the statement of the first one is answered, and nothing is run. */
  readonly token: string;
}

export type SubmitResult = { readonly kind: "submitted"; readonly id: string } | StatementRefusal;

export type StatementResult =
  | { readonly kind: "running" }
  | { readonly kind: "finished" }
  /** It was undone. `reason`: what the database says, which may quote records. */
  | { readonly kind: "failed"; readonly reason: string }
  /** It is not known any more, or never was. */
  | { readonly kind: "unknown" }
  | StatementRefusal;

export type StatementRefusal =
  /** `name`: of the exception. */
  | { readonly kind: "refused"; readonly name: string; readonly message: string }
  /** The call may have had its effect. */
  | { readonly kind: "none"; readonly detail: string };

/** It does not reject. */
export interface StatementRunner {
  submit(request: StatementRequest): Promise<SubmitResult>;
  describe(id: string, place: StatementPlace): Promise<StatementResult>;
}

export interface RedshiftPorts {
  readonly statements: StatementRunner;
  /** For manifests. */
  readonly objects: Pick<ObjectStore, "putIfAbsent">;
}
