export { Interpreter } from "../plan/interpreter";
