/** Builds dist/. Nothing to build yet: the entries come with the engine. */
