import assert from "node:assert/strict";
import * as vscode from "vscode";

describe("The extension in its host", () => {
  it("is installed and activates", async () => {
    const extension = inkling();
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it("registers every command that its manifest names", async () => {
    const manifest = inkling().packageJSON as {
      readonly contributes: { readonly commands: readonly { readonly command: string }[] };
    };
    const named = manifest.contributes.commands.map(({ command }) => command);
    assert.ok(named.includes("inkling.trainWorkspace"));
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      named.filter((command) => !registered.has(command)),
      [],
    );
  });
});

function inkling(): vscode.Extension<unknown> {
  const extension = vscode.extensions.getExtension("inkling.inkling");
  assert.ok(extension, "inkling.inkling is installed");
  return extension;
}
