import { type DescExtension, type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";

export type ReflectionQuestion =
  | {
      readonly case: "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType" | "listServices";
      readonly value: string;
    }
  | {
      readonly case: "fileContainingExtension";
      readonly value: { readonly containingType: string; readonly extensionNumber: number };
    }
  | { readonly case: undefined };

/** The services of a port with all files that describe them. */
export class ReflectionIndex {
  readonly #serviceNames: readonly string[];
  /** By name, as imports write it. */
  readonly #files = new Map<string, DescFile>();
  /** By full name of whatever is declared in it. */
  readonly #symbols = new Map<string, DescFile>();
  readonly #extensions: DescExtension[] = [];

  constructor(services: readonly DescService[]) {
    this.#serviceNames = services.map(({ typeName }) => typeName);
    for (const { file } of services) this.#addFile(file);
  }

  answer(question: ReflectionQuestion) {
    switch (question.case) {
      case "listServices":
        return found("listServicesResponse", { service: this.#serviceNames.map((name) => ({ name })) });
      case "fileByFilename":
        return this.#describe(this.#files.get(question.value));
      case "fileContainingSymbol":
        return this.#describe(this.#symbols.get(question.value));
      case "fileContainingExtension": {
        const { containingType, extensionNumber } = question.value;
        const extension = this.#extensions.find(
          ({ extendee, number }) => extendee.typeName === containingType && number === extensionNumber,
        );
        return this.#describe(extension?.file);
      }
      case "allExtensionNumbersOfType": {
        const baseTypeName = question.value;
        if (!this.#symbols.has(baseTypeName)) return refused(status.NOT_FOUND, "not known here");
        const ours = this.#extensions.filter(({ extendee }) => extendee.typeName === baseTypeName);
        const extensionNumber = ours.map(({ number }) => number);
        return found("allExtensionNumbersResponse", { baseTypeName, extensionNumber });
      }
      case undefined:
        return refused(status.INVALID_ARGUMENT, "the request asks for nothing that is known here");
    }
  }

  /** A file comes with all that it imports, so that one answer is enough to use it. */
  #describe(file: DescFile | undefined) {
    if (file === undefined) return refused(status.NOT_FOUND, "not known here");
    const files = new Set<DescFile>([file]);
    for (const { dependencies } of files) for (const dependency of dependencies) files.add(dependency);
    const fileDescriptorProto = [...files].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
    return found("fileDescriptorResponse", { fileDescriptorProto });
  }

  #addFile(file: DescFile): void {
    const name = file.proto.name;
    if (this.#files.has(name)) return;
    this.#files.set(name, file);
    for (const dependency of file.dependencies) this.#addFile(dependency);
    for (const type of nestedTypes(file)) {
      this.#symbols.set(type.typeName, file);
      switch (type.kind) {
        case "service":
          for (const method of type.methods) this.#symbols.set(`${type.typeName}.${method.name}`, file);
          break;
        case "message":
          for (const field of type.fields) this.#symbols.set(`${type.typeName}.${field.name}`, file);
          break;
        case "extension":
          this.#extensions.push(type);
          break;
        case "enum":
          // Values of an enum are named in the scope around it, and nobody asks for them.
          break;
      }
    }
  }
}

function found<const C extends string, V>(name: C, value: V): { readonly case: C; readonly value: V } {
  return { case: name, value };
}

function refused(errorCode: status, errorMessage: string) {
  return found("errorResponse", { errorCode, errorMessage });
}
