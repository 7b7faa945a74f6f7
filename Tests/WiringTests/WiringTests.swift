import Testing

@Suite struct WiringTests {}
