import { defineConfig } from "vitest/config";

/**
 * `unit` runs on nothing but the source. `contract` starts the embedded services, `stack` the whole offline
 * stack; both on free ports and on data of their own.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/simulation/**/*.test.ts"],
          // What takes a second alone takes many beside other work; nothing here waits for anything.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          globalSetup: ["test/helpers/embedded-services.ts"],
        },
      },
      {
        test: {
          name: "stack",
          include: ["test/conformance/**/*.test.ts", "test/integration/**/*.test.ts"],
          globalSetup: ["test/helpers/conformance-callers.ts", "test/helpers/offline-stack.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
