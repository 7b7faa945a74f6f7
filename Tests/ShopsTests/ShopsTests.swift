import Testing

@Suite struct ShopsTests {}
