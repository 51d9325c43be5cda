// Nothing: what it costs is the thread.
