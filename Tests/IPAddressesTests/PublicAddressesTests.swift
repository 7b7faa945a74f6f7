import Testing

@testable import IPAddresses

@Suite struct `A public address` {
  @Test(arguments: [
    "93.184.216.34", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0",
    "192.167.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "64:ff9b::5db8:d822",
    "2002:5db8:d822::1", "::ffff:93.184.216.34",
  ])
  func `is a host of the open internet`(text: String) throws {
    #expect(try #require(IPAddress(text)).isPublic)
  }

  @Test(arguments: [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.0", "100.127.255.255", "100.100.100.200",
    "127.0.0.1", "127.255.255.255", "169.254.169.254", "169.254.170.2", "172.16.0.0",
    "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "::", "::1", "fc00::1", "fd00:ec2::254", "fe80::1",
    "febf::1", "fec0::1", "ff02::1", "100::1", "2001:db8::1", "2001::1", "64:ff9b:1::1",
    "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "::10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1",
  ])
  func `is no address of ours, no reserved one, and none of those in disguise`(
    text: String
  ) throws {
    #expect(try !#require(IPAddress(text)).isPublic)
  }

  @Test func `is judged by a list without a slip`() { #expect(IPAddress.notPublic.count == 28) }
}
