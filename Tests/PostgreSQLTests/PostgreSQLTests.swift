import Testing

@Suite struct PostgreSQLTests {}
