import { ObjectHistory, type ObjectHistoryOptions } from "./object-history.ts";
import { type RegisterInput, type RegisterOutput, registerModel } from "./register-model.ts";

/** What clients saw of registers. */
export class RegisterHistory extends ObjectHistory<string, RegisterInput, RegisterOutput> {
  constructor(options: ObjectHistoryOptions) {
    super({ noun: "register", model: registerModel, changes: ({ kind }) => kind !== "read" }, options);
  }
}
