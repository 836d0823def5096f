// The modules that a component imports, see wit/imports.wit. `#host/*` in package.json leads to host/ when a
// component is built, and to the fake host everywhere else.
declare module "mortise:plugin/*";
