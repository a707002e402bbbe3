// Between the client, which notices that nobody is signed in, and the session, which asks them to: neither imports the
// other.

let listener = (): void => {};

export const unauthorised = {
  tell: () => listener(),
  listen(then: () => void) {
    listener = then;
  },
};
