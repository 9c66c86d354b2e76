// Imported first by every script, for its effect alone: an old Node gets a sentence, not a stack trace.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const suitable = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
if (!suitable) {
  console.error(`Unroll needs Node.js 20.19, 22.12 or newer; this is ${process.versions.node}. Get a current one from https://nodejs.org/`);
  process.exit(1);
}
