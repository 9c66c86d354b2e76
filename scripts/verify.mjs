import "./lib/node.mjs";
import { startProgram } from "./lib/program.mjs";

await startProgram("verify");
