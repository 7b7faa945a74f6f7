import Testing

@Suite struct ScopeTests {}
