import Access
import Testing

@testable import Shops

@Suite struct `Granting a role` {
  /// What each may give and take, as it follows from the table of permissions.
  private static let grantable: [StaffRole: [StaffRole]] = [
    .owner: [.manager, .finance, .support, .developer], .manager: [.finance, .support],
    .finance: [], .support: [], .developer: [],
  ]

  @Test(arguments: StaffRole.allCases, StaffRole.allCases)
  func `is for those who hold more`(giver: StaffRole, role: StaffRole) {
    let may = mayGrant(role, by: giver.permissions)
    #expect(may == Self.grantable[giver]?.contains(role))
  }

  @Test(arguments: StaffRole.allCases, StaffRole.allCases)
  func `never gives what the giver lacks`(giver: StaffRole, role: StaffRole) {
    guard mayGrant(role, by: giver.permissions) else { return }
    #expect(role.permissions.subtracting(giver.permissions) == [])
  }

  @Test(arguments: StaffRole.allCases)
  func `is for no program without the scope, whatever else it may do`(role: StaffRole) {
    let all = Set(ShopPermission.scopes)
    #expect(!mayGrant(role, by: all.subtracting([.writeRoles])))
    #expect(mayGrant(role, by: all) == (role != .owner))
  }
}

@Suite struct `An e-mail address among colleagues` {
  @Test(arguments: [
    ("ada@example.org", "a•••@example.org"), ("a@b.ke", "a•••@b.ke"), ("@b.ke", ""), ("", ""),
    ("odd@name@b.ke", "o•••@b.ke"),
  ])
  func `is known to who knows it, and to nobody else`(address: String, shown: String) {
    #expect(address.maskedEmail == shown)
  }
}
