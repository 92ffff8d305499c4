/** Never `Mozilla` or `curl`: those get their answers indented. A test holds it to package.json, which nobody has to read at run time. */
export const USER_AGENT = 'rxkube/0.1.0';
